import Core
import KitTesting
import Postgres
import Saga
import Testing

@Suite struct SagaExpiryTests {
  /// How many are left to others, after some were forgotten.
  private func forget(_ scene: SagaScene, limit: Int = 100) throws -> Int {
    try SagaExpiryStore.forget(
      finishedBefore: scene.now - .days(90), limit: limit, in: scene.log.scheduler())
  }

  private func runs(_ scene: SagaScene) throws -> [Int] {
    try scene.log.look().query("SELECT s.run FROM saga.sagas AS s ORDER BY s.run") { row in
      try row.next()
    }
  }

  private func finish(_ scene: SagaScene, _ state: String = "done") throws {
    try scene.tell("started")
    try scene.settle(scene.stepper())
    #expect(try scene.state() == state)
  }

  @Test func whatEndedLongAgoGoesWithItsSteps() throws {
    let scene = try SagaScene()
    try finish(scene)
    scene.log.clock.advance(by: .days(90))
    #expect(try forget(scene) == 0, "not before its time")
    scene.log.clock.advance(by: .seconds(1))
    #expect(try forget(scene) == 1)
    #expect(try runs(scene).isEmpty)
    let steps = try scene.log.look().first("SELECT count(*) FROM saga.steps") { row in
      try row.next() as Int
    }
    #expect(steps == 0)
  }

  @Test func whatIsUnderWayStaysHoweverLong() throws {
    let scene = try SagaScene()
    scene.say("two", .move(.wait(for: "rain", until: scene.now + .days(1000))))
    try scene.tell("started")
    #expect(try scene.stepper().advance(scene.key) == .moved)
    scene.log.clock.advance(by: .days(200))
    #expect(try forget(scene) == 0)
    #expect(try scene.state() == "waiting")
  }

  /// Started long ago, and just over.
  @Test func theEndCountsAndNotTheBeginning() throws {
    let scene = try SagaScene()
    scene.say("two", .move(.wait(for: "rain", until: scene.now + .days(100))))
    try scene.tell("started")
    #expect(try scene.stepper().advance(scene.key) == .moved)
    scene.log.clock.advance(by: .days(101))
    try scene.settle(scene.stepper())
    #expect(try scene.state() == "done")
    #expect(try forget(scene) == 0)
    #expect(try runs(scene) == [1])
  }

  /// Whoever turns the newest run back must not find an older one in its place.
  @Test func anOlderRunGoesFirst() throws {
    let scene = try SagaScene()
    for _ in 0..<3 { try finish(scene) }
    scene.say("three", .error(SagaScene.Refusal()))
    try finish(scene, "undone")
    scene.log.clock.advance(by: .days(91))
    for left in [[2, 3, 4], [3, 4], [4], []] {
      #expect(try forget(scene) == 1)
      #expect(try runs(scene) == left)
    }
  }

  /// Another run of what was forgotten is the first again.
  @Test func whatWasForgottenCanBegin() throws {
    let scene = try SagaScene()
    try finish(scene)
    scene.log.clock.advance(by: .days(91))
    #expect(try forget(scene) == 1)
    try scene.tell("turned")
    #expect(try runs(scene).isEmpty)
    try finish(scene)
    #expect(try runs(scene) == [1])
  }

  @Test func whatAnOperatorDecidedStays() throws {
    let scene = try SagaScene()
    try finish(scene)
    #expect(try scene.decide("compensate") == "ok")
    try scene.settle(scene.stepper())
    #expect(try scene.state() == "undone")
    scene.log.clock.advance(by: .days(1000))
    #expect(try forget(scene) == 0)
  }

  @Test func soManyAtOnceAndNoMore() throws {
    let scene = try SagaScene()
    try scene.log.look().execute(
      """
      INSERT INTO saga.sagas
        (id, definition, subject, run, state, started_at, changed_at, finished_at)
      SELECT u.id, 'trial', u.id, 1, CASE WHEN n % 2 = 0 THEN 'done' ELSE 'undone' END,
             \(scene.now), \(scene.now), \(scene.now)
      FROM unnest(\((0..<10).map { _ in scene.log.ids.uuid() })) WITH ORDINALITY AS u (id, n)
      """)
    scene.log.clock.advance(by: .days(91))
    #expect(try forget(scene, limit: 7) == 7)
    #expect(try forget(scene, limit: 7) == 3)
    #expect(try forget(scene, limit: 7) == 0)
  }
}
