import Core
import KitTesting
import Outbox
import Postgres
import Synchronization
import Testing

/// Partitions of events that close because of what is in them is old.
@Suite struct EventAgeTests {
  let scene: LogScene
  let size = EventLog.partitionSize

  init() throws { scene = try LogScene() }

  private func drawn() throws -> Int? {
    try scene.look().int("SELECT s.last_value FROM outbox.events_sequence_seq AS s")
  }

  /// As if that had been written so long ago.
  private func writeOld(_ names: String..., age: Duration = .days(2)) throws {
    scene.clock.advance(by: .zero - age)
    defer { scene.clock.advance(by: age) }
    try scene.writer().transaction { transaction in
      for name in names { Outbox.append(scene.event(name), in: transaction) }
    }
  }

  private func letClosedPartitionsAge(_ days: Int) throws {
    try scene.look().execute(
      "UPDATE outbox.partitions SET closed_at = closed_at - make_interval(days => \(days)::integer)"
    )
  }

  /// Every number is drawn when it is used: none of a closed partition comes later.
  @Test func numbersAreDrawnOneByOne() throws {
    let cached = try scene.look().int(
      """
      SELECT s.seqcache FROM pg_sequence AS s
      WHERE s.seqrelid = pg_get_serial_sequence('outbox.events', 'sequence')::regclass
      """)
    #expect(cached == 1)
  }

  @Test func ageAloneClosesAndLaterDropsAPartition() throws {
    let database = scene.scheduler()
    let drain = try scene.drain(scene.consumer())
    try writeOld("a")
    try scene.write("b")
    try scene.place()
    try scene.empty(drain)
    let turn = try EventLog.rotate(keeping: .days(7), in: database)
    #expect(turn.left)
    #expect(turn.dropped == 0)
    #expect(try drawn() == size)
    try letClosedPartitionsAge(6)
    #expect(try EventLog.rotate(keeping: .days(7), in: database).dropped == 0)
    #expect(try scene.isKept("a") && scene.isKept("b"))
    try scene.write("c")
    try scene.place()
    try scene.empty(drain)
    try letClosedPartitionsAge(1)
    // Whoever looks at the tables just then makes it come a little later.
    #expect(try becomesTrue { try EventLog.rotate(keeping: .days(7), in: database).dropped == 1 })
    #expect(try !scene.isKept("a") && !scene.isKept("b"))
    #expect(try scene.isKept("c"))
    #expect(try drawn() == size + 1)
    #expect(try scene.heard() == ["a", "b", "c"])
    #expect(try scene.look().int("SELECT max(p.position) FROM outbox.positions AS p") == 3)
  }

  /// Nothing comes after the last event, and somebody was at work when it got its position.
  @Test func aShopThatFallsSilentIsForgottenToo() throws {
    let drain = try scene.drain(scene.consumer())
    try scene.writer().transaction { held in
      _ = try held.exchange(["SELECT pg_current_xact_id()"])
      try writeOld("a")
      try scene.place()
      try scene.empty(drain)
    }
    let database = scene.scheduler()
    #expect(try EventLog.rotate(keeping: .days(7), in: database).left)
    try letClosedPartitionsAge(7)
    #expect(try becomesTrue { try EventLog.rotate(keeping: .days(7), in: database).dropped == 1 })
    #expect(try !scene.isKept("a"))
  }

  @Test func whatIsYoungOrEmptyStays() throws {
    let database = scene.scheduler()
    #expect(try !EventLog.rotate(keeping: .days(1), in: database).left)
    try writeOld("a", age: .hours(23))
    #expect(try !EventLog.rotate(keeping: .days(1), in: database).left)
    try writeOld("b", age: .days(11))
    try scene.look().execute("DELETE FROM outbox.events AS e WHERE e.payload->>'name' = 'a'")
    // Kept for a year, events share partitions for twelve days.
    #expect(try !EventLog.rotate(keeping: .days(365), in: database).left)
    #expect(try drawn() == 2)
    #expect(try EventLog.rotate(keeping: .days(30), in: database).left)
    #expect(try !EventLog.rotate(keeping: .days(1), in: database).left)
    #expect(throws: LogScene.Unwell.self) {
      try scene.writer().transaction { transaction in
        scene.clock.advance(by: .days(-2))
        try scene.draw("never", in: transaction)
        throw LogScene.Unwell()
      }
    }
    #expect(try !EventLog.rotate(keeping: .days(1), in: database).left)
    #expect(try drawn() == size + 1)
  }

  @Test func theLastNumberIsLeftForTheNextPartition() throws {
    let database = scene.scheduler()
    try scene.look().execute("SELECT setval('outbox.events_sequence_seq', \(size - 2))")
    try writeOld("a")
    #expect(try drawn() == size - 1)
    #expect(try EventLog.rotate(keeping: .days(1), in: database).left)
    #expect(try drawn() == size)
    #expect(try !EventLog.rotate(keeping: .days(1), in: database).left)
  }

  /// Numbers are drawn by those who write: while somebody does, none is set.
  @Test func nobodyIsOvertaken() throws {
    let database = scene.scheduler()
    try writeOld("a")
    try scene.writer().transaction { held in
      try scene.draw("b", in: held)
      #expect(try !EventLog.rotate(keeping: .days(7), in: database).left)
      #expect(try drawn() == 2)
      try scene.draw("c", in: held)
    }
    #expect(try drawn() == 3)
    #expect(try EventLog.rotate(keeping: .days(7), in: database).left)
    #expect(try drawn() == size)
  }

  /// What lies among the rest is left as a partition is.
  @Test func theRestIsLeftToo() throws {
    let database = scene.scheduler()
    let drain = try scene.drain(scene.consumer())
    try scene.look().execute("SELECT setval('outbox.events_sequence_seq', \(size * 5))")
    try writeOld("a", "b")
    #expect(try !EventLog.rotate(keeping: .zero, in: database).left, "there is none yet")
    #expect(try EventLog.rotate(keeping: .zero, in: database).left)
    #expect(try drawn() == 6 * size)
    #expect(try !EventLog.rotate(keeping: .zero, in: database).left, "old is what was left")
    let isEmpty = try becomesTrue {
      try scene.write("c")
      try scene.place()
      try scene.empty(drain)
      _ = try EventLog.rotate(keeping: .zero, in: database)
      return try scene.look().int("SELECT count(*) FROM outbox.events_rest") == 0
    }
    #expect(isEmpty)
    #expect(try scene.heard().prefix(3) == ["a", "b", "c"])
  }

  /// It drew its numbers before the partition was full, and commits later.
  @Test func whatIsStillUnderWayIsKeptAndHeard() throws {
    let database = scene.scheduler()
    let drain = try scene.drain(scene.consumer())
    try writeOld("a")
    let waited = try scene.writer().transaction { held in
      try scene.draw("late", in: held)
      try scene.look().execute("SELECT setval('outbox.events_sequence_seq', \(size))")
      try scene.write("b")
      try scene.place()
      try scene.empty(drain)
      #expect(try scene.heard() == ["a", "b"])
      #expect(try EventLog.rotate(keeping: .zero, in: database).dropped == 0)
      let waiting = Background { [scene] in
        try EventLog.rotate(keeping: .zero, in: scene.scheduler()).dropped
      }
      try scene.awaitWaiting(for: "outbox.events")
      return waiting
    }
    #expect(try waited.value() == 0)
    #expect(try EventLog.rotate(keeping: .zero, in: database).dropped == 0)
    #expect(try scene.isKept("late"))
    #expect(try scene.place() == 1)
    #expect(try EventLog.rotate(keeping: .zero, in: database).dropped == 0)
    try scene.empty(drain)
    #expect(try scene.heard() == ["a", "b", "late"])
    #expect(try becomesTrue { try EventLog.rotate(keeping: .zero, in: database).dropped == 1 })
    #expect(try !scene.isKept("late"))
  }

  @Test func onlyOneLeavesAtATime() throws {
    try writeOld("a")
    try scene.look().transaction { transaction in
      _ = try transaction.exchange(["SELECT pg_advisory_xact_lock(768502)"])
      #expect(try !EventLog.rotate(keeping: .days(7), in: scene.scheduler()).left)
    }
    let turns = try Together.run(
      threads: 4, rounds: 3, prepare: { [scene] _ in scene.scheduler() }
    ) { database, _ in try EventLog.rotate(keeping: .days(7), in: database).left }
    #expect(turns.joined().count { $0 } == 1)
    #expect(try drawn() == size)
  }

  /// Everything is old at once: partitions are left and dropped while many write.
  @Test func whoeverReadsGoesOnOverTheGaps() throws {
    let things = (0..<4).map { _ in scene.ids.uuid() }
    let left = Mutex(0)
    let counts = try rotating(counting: { left.withLock { $0 += 1 } }) {
      try Together.run(threads: 4, prepare: { [scene] in (things[$0], scene.writer()) }) {
        [scene] worker, _ in
        var count = 0
        while left.withLock({ $0 < 8 }) {
          count += 1
          try scene.writeTwice("\(count)", of: worker.0, in: worker.1)
        }
        return count
      }
    }
    for (thing, count) in zip(things, counts.joined()) {
      let names = try scene.look().query(
        "SELECT h.name FROM public.heard AS h WHERE h.aggregate = \(thing) ORDER BY h.number"
      ) { row in try row.next() as String }
      #expect(names == (0..<count).flatMap { ["\($0 + 1)", "\($0 + 1) again"] })
    }
    let positions = try scene.look().query(
      "SELECT h.position FROM public.heard AS h ORDER BY h.number"
    ) { row in try row.next() as Int }
    #expect(positions == Array(1...max(1, positions.count)))
  }

  /// Rotates in two places and reads in one until that is done, and then reads the rest.
  private func rotating<R>(
    counting count: @escaping @Sendable () -> Void, while work: () throws -> R
  ) throws -> R {
    let isOver = Mutex(false)
    let reader = Background { [scene] in
      let drain = try scene.drain(scene.consumer(), batch: 50)
      var isLast = false
      while !isLast {
        isLast = isOver.withLock(\.self)
        try scene.place()
        try scene.empty(drain)
      }
    }
    let rotators = (0..<2).map { _ in
      Background { [scene] in
        let database = scene.scheduler()
        while !isOver.withLock(\.self) {
          if try EventLog.rotate(keeping: .zero, closing: .zero, in: database).left { count() }
        }
      }
    }
    let result = Result { try work() }
    isOver.withLock { $0 = true }
    for thread in rotators + [reader] { try thread.value() }
    return try result.get()
  }
}

extension LogScene {
  /// One event with its number before the other. What waits for the COMMIT draws its number there.
  fileprivate func writeTwice(_ name: String, of thing: UUID, in database: Database) throws {
    try database.transaction { transaction in
      try draw(name, of: thing, in: transaction)
      Outbox.append(event("\(name) again", of: thing), in: transaction)
    }
  }
}
