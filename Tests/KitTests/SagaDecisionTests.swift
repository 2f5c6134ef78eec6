import Core
import KitTesting
import Postgres
import Saga
import Synchronization
import Testing

/// What operators decide.
@Suite struct SagaDecisionTests {
  @Test func operatorsRetrySkipAndCompensate() throws {
    let scene = try SagaScene()
    scene.script.withLock {
      $0 = ["three": [.error(SagaScene.Refusal())], "-two": SagaTests.flops]
    }
    try scene.tell("started")
    let stepper = scene.stepper()
    try scene.settle(stepper)
    #expect(try scene.state() == "stuck")
    #expect(try scene.decide("compensate") == "over")
    #expect(try scene.decide("retry") == "ok")
    #expect(try stepper.advance(scene.key) == .moved)
    #expect(try scene.decide("skip") == "ok")
    try scene.settle(stepper)
    #expect(try scene.state() == "undone")
    #expect(try scene.effects().last == "-one")
    #expect(try scene.decide("retry") == "over")
    let verbs = try scene.log.look().query(
      "SELECT d.verb FROM saga.decisions AS d ORDER BY d.number"
    ) { row in try row.next() as String }
    #expect(verbs == ["retry", "skip"])
  }

  /// Nothing of it can be undone, so it is never over because something went wrong.
  @Test(arguments: [[SagaScene.Answer.error(SagaScene.Refusal())], SagaTests.flops])
  func whatOnlyGoesForwardWaitsForAnOperator(_ trouble: [SagaScene.Answer]) throws {
    let scene = try SagaScene()
    scene.script.withLock { $0 = ["two": trouble] }
    try scene.tell("started")
    let stepper = scene.stepper(onlyForward: true)
    try scene.settle(stepper)
    #expect(try scene.state() == "stuck")
    try scene.tell("turned")
    #expect(try scene.decide("compensate") == "over")
    scene.script.withLock { $0 = [:] }
    #expect(try scene.decide("retry") == "ok")
    try scene.settle(stepper)
    #expect(try scene.state() == "done")
    #expect(try scene.effects() == ["one", "two", "three"])
  }

  @Test func whatIsDoneCanBeCompensated() throws {
    let scene = try SagaScene()
    try scene.tell("started")
    let stepper = scene.stepper()
    try scene.settle(stepper)
    #expect(try scene.decide("skip") == "over")
    #expect(try scene.decide("compensate") == "ok")
    try scene.settle(stepper)
    #expect(try scene.state() == "undone")
    #expect(
      try scene.effects()
        == ["one", "two", "three", "refused: because", "-three", "-two", "-one"])
  }
}
