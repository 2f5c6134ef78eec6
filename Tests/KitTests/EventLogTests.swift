import Core
import KitTesting
import Outbox
import Postgres
import Synchronization
import Testing

@Suite struct EventLogTests {
  let scene: LogScene

  init() throws { scene = try LogScene() }

  /// Who writes later to the same thing waits for the first to commit, so the log must tell the
  /// two in that order; every event gets exactly one position, and none is left out.
  @Test func positionsFollowCommitsWithoutGaps() throws {
    try scene.look().execute("CREATE TABLE public.things (id uuid PRIMARY KEY, count int)")
    try scene.look().execute("GRANT SELECT, UPDATE ON public.things TO souk_auth")
    let things = (0..<6).map { _ in scene.ids.uuid() }
    try scene.look().execute("INSERT INTO public.things SELECT unnest(\(things)), 0")
    let isOver = Mutex(false)
    let placers = (0..<2).map { _ in
      Background { [scene] in
        let database = scene.scheduler()
        // A small batch, so that most of them are cut.
        while !isOver.withLock({ $0 }) { _ = try EventLog.place(atMost: 7, in: database) }
      }
    }
    _ = try Together.run(
      threads: 8, prepare: { (scene.writer(), SeededRandom(seed: UInt64($0 + 1))) }
    ) { [scene] worker, _ in
      var random = worker.1
      for _ in 0..<60 {
        try scene.change(things[Int(random.next() % 6)], worker.0, &random)
      }
    }
    isOver.withLock { $0 = true }
    for placer in placers { try placer.value() }
    try scene.place()
    try expectOrder(of: things)
  }

  private func expectOrder(of things: [UUID]) throws {
    let look = scene.look()
    let written = try look.int("SELECT count(*) FROM outbox.events")
    #expect(written ?? 0 > 700)
    #expect(try look.int("SELECT count(DISTINCT p.sequence) FROM outbox.positions AS p") == written)
    #expect(try look.int("SELECT max(p.position) FROM outbox.positions AS p") == written)
    for thing in things {
      let counts = try look.query(
        """
        SELECT (e.payload->>'name')::integer FROM outbox.positions AS p
        JOIN outbox.events AS e ON e.sequence = p.sequence
        WHERE e.aggregate_id = \(thing) ORDER BY p.position
        """
      ) { row in try row.next() as Int }
      #expect(counts == Array(1...max(counts.count, 1)))
    }
  }

  /// A report, or somebody who forgot a transaction: with an id of its own or without.
  @Test(arguments: [false, true])
  func aTransactionHeldOpenStopsNobody(writes: Bool) throws {
    let holder = scene.writer()
    try holder.transaction(isolation: .repeatableRead) { held in
      if writes { try scene.draw("late", in: held) }
      _ = try held.exchange(["SELECT 1"])
      try scene.write("a", "b")
      #expect(try scene.place() == 2)
      try scene.write("c")
      #expect(try scene.place() == 1)
    }
    #expect(try scene.place() == (writes ? 1 : 0))
    try scene.empty(scene.drain(scene.consumer()))
    #expect(try scene.heard() == ["a", "b", "c"] + (writes ? ["late"] : []))
  }

  @Test func whatIsRolledBackLeavesNoGap() throws {
    try scene.write("a")
    #expect(throws: LogScene.Unwell.self) {
      try scene.writer().transaction { transaction in
        try scene.draw("never", in: transaction)
        throw LogScene.Unwell()
      }
    }
    try scene.write("b")
    #expect(try scene.place() == 2)
    #expect(try scene.look().int("SELECT max(t.position) FROM outbox.ticks AS t") == 2)
  }

  @Test func onlyOneGivesPositionsAtATime() throws {
    try scene.write("a")
    try scene.look().transaction { transaction in
      _ = try transaction.exchange(["SELECT outbox.tick(10)"])
      #expect(try EventLog.place(in: scene.scheduler()) == nil)
    }
    #expect(try EventLog.place(in: scene.scheduler()) == 0)
  }

  @Test func partitionsComeAheadAndGoWhenEverybodyHasPassed() throws {
    let database = scene.scheduler()
    let drain = try scene.drain(scene.consumer())
    let old = "SELECT count(*) FROM outbox.partitions AS p WHERE p.first_value = 0" as SQL
    // Most of the first partition, whatever its size.
    let size = EventLog.partitionSize
    try scene.look().execute("SELECT setval('outbox.events_sequence_seq', \(size - 2))")
    try scene.write("a", "b", "c")
    try scene.place()
    #expect(try EventLog.rotate(keeping: .zero, in: database).made > 0)
    #expect(try scene.look().int(old) == 4, "nobody has heard of it yet")
    try scene.empty(drain)
    #expect(try EventLog.rotate(keeping: .days(7), in: database).dropped == 0)
    // Whoever looks at the tables just then makes it come a little later.
    #expect(try becomesTrue { try EventLog.rotate(keeping: .zero, in: database).dropped == 1 })
    #expect(try scene.look().int(old) == 3, "the positions are still in use")
    #expect(try scene.heard() == ["a", "b", "c"])
    let names = "SELECT count(*) FROM outbox.events AS e WHERE e.payload->>'name' = 'a'"
    #expect(try scene.look().int("\(unescaped: names)") == 0)
  }

  /// The scheduler was away for very long: writing goes on, and so does everything after it.
  @Test func eventsWithoutAPartitionAreKeptToo() throws {
    let size = EventLog.partitionSize
    try scene.look().execute("SELECT setval('outbox.events_sequence_seq', \(size * 5))")
    try scene.write("a", "b")
    #expect(try scene.look().int("SELECT count(*) FROM outbox.events_rest") == 2)
    let drain = try scene.drain(scene.consumer())
    let database = scene.scheduler()
    for _ in 0..<3 { _ = try EventLog.rotate(keeping: .zero, in: database) }
    try scene.place()
    try scene.empty(drain)
    #expect(try scene.heard() == ["a", "b"])
    try scene.look().execute("SELECT setval('outbox.events_sequence_seq', \(size * 6))")
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

  /// It lies among the rest, and commits while that is about to be emptied.
  @Test func whatComesToTheRestMeanwhileIsKept() throws {
    let drain = try scene.drain(scene.consumer())
    let far = EventLog.partitionSize * 5
    try scene.look().execute("SELECT setval('outbox.events_sequence_seq', \(far))")
    try scene.write("a")
    let waited = try scene.writer().transaction { held in
      try scene.draw("late", in: held)
      try scene.place()
      try scene.empty(drain)
      let waiting = Background { [scene] in
        _ = try scene.scheduler().execute("SELECT outbox.empty_rest(interval '0')")
      }
      try scene.awaitWaiting(for: "outbox.events_rest")
      return waiting
    }
    try waited.value()
    #expect(try scene.isKept("late"))
    try scene.place()
    try scene.empty(drain)
    #expect(try scene.heard() == ["a", "late"])
  }

  /// The numbers of its transactions are another server's, and further on than this one's.
  @Test(arguments: [false, true]) func aRestoredLogGoesOn(bySettling: Bool) throws {
    try scene.write("a", "b")
    try scene.place()
    let drain = try scene.drain(scene.consumer())
    try scene.empty(drain)
    try scene.write("c")
    try scene.look().execute(
      """
      UPDATE outbox.events
      SET transaction_id = (transaction_id::text::bigint + 1000000000)::text::xid8
      """)
    try scene.look().execute(
      """
      UPDATE outbox.ticks
      SET since = '1000000000:1000000000:', since_transaction = '1000000000',
          seen = '1000000500:1000000500:', seen_transaction = '1000000500'
      WHERE position = 2
      """)
    try scene.look().execute("UPDATE outbox.home SET system_identifier = 1")
    let since = scene.clock.clock.now
    try scene.write("d")
    #expect(try scene.standing()?.oldestAt == since)
    if bySettling {
      #expect(try EventLog.settleIn(scene.look()))
      #expect(try !EventLog.settleIn(scene.look()))
    } else {
      #expect(try scene.place() == 2)
    }
    try scene.write("e")
    #expect(try scene.place() == 1)
    #expect(try scene.place() == 0)
    try scene.empty(drain)
    #expect(try scene.heard() == ["a", "b", "c", "d", "e"])
  }

  @Test func standingTellsOfWhatHasNoPositionYet() throws {
    _ = try scene.drain(scene.consumer())
    #expect(try scene.standing()?.oldestAt == nil)
    let first = scene.clock.clock.now
    try scene.write("a")
    scene.clock.advance(by: .seconds(5))
    try scene.write("b")
    #expect(try scene.standing()?.oldestAt == first)
    #expect(try scene.standing()?.backlog == 0)
    try scene.place()
    #expect(try scene.standing()?.backlog == 2)
    #expect(try scene.standing()?.oldestAt == first)
  }
}

extension LogScene {
  /// One event before the lock, so that transactions end in another order than they began, and
  /// one after it. Some are rolled back.
  fileprivate func change(
    _ thing: UUID, _ database: Database, _ random: inout SeededRandom
  ) throws {
    let dice = random.next()
    do {
      try database.transaction { transaction in
        try draw("0", in: transaction)
        let count = try transaction.int(
          "UPDATE public.things SET count = count + 1 WHERE id = \(thing) RETURNING count")
        Outbox.append(event("\(count ?? 0)", of: thing), in: transaction)
        try transaction.execute("SELECT pg_sleep(\(Double(dice % 4) / 1000))")
        if dice % 7 == 0 { throw Unwell() }
      }
    } catch is Unwell {
      // As intended: its number is drawn again by the next.
    }
  }
}
