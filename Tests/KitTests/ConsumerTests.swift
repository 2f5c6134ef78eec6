import Core
import KitTesting
import Outbox
import Postgres
import Synchronization
import Testing

@Suite struct ConsumerTests {
  let scene: LogScene

  init() throws { scene = try LogScene() }

  @Test func hearsWhatItWantsInOrder() throws {
    let drain = try scene.drain(scene.consumer(), batch: 2)
    try scene.write("a", "b")
    try scene.writer().transaction { transaction in
      Outbox.append(scene.event("x", type: "test.other.v1"), in: transaction)
    }
    try scene.write("c")
    try scene.place()
    try scene.empty(drain)
    #expect(try scene.heard() == ["a", "b", "c"])
    #expect(try scene.standing()?.backlog == 0)
    #expect(try drain.step() == .idle)
  }

  @Test func eachConsumerHasItsOwnPlace() throws {
    try scene.write("a")
    try scene.place()
    try scene.empty(scene.drain(scene.consumer("one")))
    try scene.write("b")
    try scene.place()
    try scene.empty(scene.drain(scene.consumer("two")))
    #expect(try scene.heard(by: "one") == ["a"])
    #expect(try scene.heard(by: "two") == ["a", "b"])
  }

  @Test func severalDrainsTakeEachEventOnce() throws {
    _ = try scene.drain(scene.consumer())
    let names = (0..<300).map { "e\($0)" }
    let heard = Mutex(0)
    try scene.writer().transaction { transaction in
      for name in names { Outbox.append(scene.event(name), in: transaction) }
    }
    try scene.place()
    _ = try Together.run(
      threads: 4, prepare: { [scene] _ in try scene.drain(scene.consumer(), batch: 5) }
    ) { drain, _ in
      while true {
        switch try drain.step() {
        case .moved(let count): heard.withLock { $0 += count }
        case .busy: continue
        case .idle, .overwhelmed: return
        }
      }
    }
    #expect(heard.withLock { $0 } == 300)
    #expect(try scene.heard() == names)
  }

  /// It blocks its own aggregate, in order, and nothing else.
  @Test func aPoisonedEventHoldsUpOnlyItsAggregate() throws {
    let isPoisoned = Mutex(true)
    let consumer = scene.consumer { name in
      if name == "bad", isPoisoned.withLock({ $0 }) { throw LogScene.Unwell() }
    }
    let drain = try scene.drain(consumer)
    let sick = scene.ids.uuid()
    try scene.write("a", "bad", of: sick)
    try scene.write("b")
    try scene.write("after", of: sick)
    try scene.write("c")
    try scene.place()
    try scene.empty(drain)
    #expect(try scene.heard() == ["a", "b", "c"])
    #expect(try scene.standing()?.deferred == 2)
    try scene.write("last", of: sick)
    try scene.place()
    try scene.empty(drain)
    isPoisoned.withLock { $0 = false }
    scene.clock.advance(by: .seconds(2))
    try scene.empty(drain)
    #expect(try scene.heard() == ["a", "b", "c", "bad", "after", "last"])
    #expect(try scene.standing()?.deferred == 0)
  }

  @Test func whatFailsTooOftenBecomesADeadLetterAndComesBackOnRequest() throws {
    let isPoisoned = Mutex(true)
    let consumer = scene.consumer { name in
      if name == "bad", isPoisoned.withLock({ $0 }) { throw LogScene.Unwell() }
    }
    let drain = try scene.drain(consumer, attempts: 3)
    let sick = scene.ids.uuid()
    try scene.write("bad", "after", of: sick)
    try scene.place()
    for _ in 0..<4 {
      try scene.empty(drain)
      scene.clock.advance(by: .minutes(20))
    }
    #expect(try scene.heard() == ["after"])
    let standing = try scene.standing()
    #expect(standing?.deferred == 0)
    #expect(standing?.dead == 1)
    isPoisoned.withLock { $0 = false }
    let letters = try scene.look().int("SELECT d.number FROM outbox.dead_letters AS d")
    try scene.test.database(role: "souk_ops").execute(
      """
      SELECT outbox.settle_dead_letter(
        \(letters ?? 0), 'replayed', 'usr_1', 'mended', \(scene.clock.clock.now))
      """)
    try scene.empty(drain)
    #expect(try scene.heard() == ["after", "bad"])
    #expect(try scene.standing()?.dead == 0)
  }

  @Test func aHopelessEventIsGivenUpAtOnce() throws {
    let drain = try scene.drain(
      scene.consumer { name in if name == "bad" { throw HopelessEvent("no such thing") } })
    try scene.write("bad")
    try scene.place()
    try scene.empty(drain)
    #expect(try scene.standing()?.dead == 1)
    let error = try scene.look().first("SELECT d.error FROM outbox.dead_letters AS d") { row in
      try row.next() as String
    }
    #expect(error == "no such thing")
  }

  /// A statement that Postgres refuses comes out with the batch, not with its own event.
  @Test func aRefusedStatementIsFoundAmongMany() throws {
    let consumer = EventConsumer(name: "ear", types: ["test.said.v1"]) { event, transaction in
      transaction.enqueue(
        """
        INSERT INTO public.heard (consumer, position, name)
        VALUES ('ear', 10 / (\(event.position) - 70)::bigint, \(String(event.position)))
        """)
    }
    try scene.writer().transaction { transaction in
      for number in 0..<150 { Outbox.append(scene.event("\(number)"), in: transaction) }
    }
    try scene.place()
    try scene.empty(scene.drain(consumer))
    #expect(try scene.heard() == (1...150).filter { $0 != 70 }.map(String.init))
    #expect(try scene.standing()?.deferred == 1)
  }

  @Test func manyAreHeardOfAtOnceAndABadOneIsFound() throws {
    let sizes = Mutex<[Int]>([])
    let consumer = EventConsumer.ofMany(name: "ear", types: ["test.said.v1"]) {
      events, transaction in
      sizes.withLock { $0.append(events.count) }
      transaction.enqueue(
        """
        INSERT INTO public.heard (consumer, position, name)
        SELECT 'ear', 10 / (n.position - 70), n.position::text
        FROM unnest(\(events.map(\.position))) AS n (position)
        """)
    }
    try scene.writer().transaction { transaction in
      for number in 0..<150 { Outbox.append(scene.event("\(number)"), in: transaction) }
    }
    try scene.place()
    try scene.empty(scene.drain(consumer))
    #expect(sizes.withLock { $0.first } == 100)
    #expect(try scene.heard() == (1...150).filter { $0 != 70 }.map(String.init))
    #expect(try scene.standing()?.deferred == 1)
  }

  /// A drain that dies in the middle has written nothing and holds nothing.
  @Test func aDrainThatDiesLeavesItsWorkToTheNext() throws {
    try scene.write("a", "b")
    try scene.place()
    let dying = scene.scheduler()
    let suicide = EventConsumer(name: "ear", types: ["test.said.v1"]) { event, transaction in
      transaction.enqueue(
        "INSERT INTO public.heard (consumer, name) VALUES ('ear', 'half')")
      guard event.position == 2 else { return }
      let pid = try transaction.int("SELECT pg_backend_pid()")
      try scene.look().execute("SELECT pg_terminate_backend(\(pid ?? 0)::integer, 5000)")
    }
    let drain = try ConsumerDrain(suicide, database: dying, ids: scene.ids)
    #expect(throws: PostgresError.self) { try drain.step() }
    try scene.empty(scene.drain(scene.consumer()))
    #expect(try scene.heard() == ["a", "b"])
  }

  @Test func pausesGrowAndStayBounded() {
    let patience = Patience(first: .seconds(1), longest: .minutes(10))
    let ids = IDSource()
    for attempts in 1...100 {
      let pause = patience.pause(after: attempts, ids.randomness)
      let full = min(Duration.seconds(1 << Int64(min(attempts - 1, 20))), .minutes(10))
      #expect(pause >= full * 3 / 4 && pause <= full * 5 / 4)
    }
  }
}
