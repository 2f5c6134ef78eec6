import Core
import KitTesting
import Outbox
import Postgres
import Saga
import Synchronization
import Testing

@Suite struct SagaTests {
  struct Flop: Error {}

  /// What the steps say, and what then took effect, in order, and how it ended.
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let script: [String: [SagaScene.Answer]]
    let effects: [String]
    let state: String
  }

  static let flops = [SagaScene.Answer](repeating: .error(Flop()), count: 100)
  static let longAgo = Timestamp(microseconds: 0)

  static let cases = [
    Case(
      testDescription: "all is well", script: [:], effects: ["one", "two", "three"],
      state: "done"),
    Case(
      testDescription: "a step is tried again", script: ["two": [.error(Flop()), .error(Flop())]],
      effects: ["one", "two", "three"], state: "done"),
    Case(
      testDescription: "a statement that fails later is its own step's",
      script: ["two": [.badStatement, .badStatement]], effects: ["one", "two", "three"],
      state: "done"),
    Case(
      testDescription: "a domain error refuses", script: ["three": [.error(SagaScene.Refusal())]],
      effects: ["one", "two", "refused: No luck.", "-two", "-one"], state: "undone"),
    Case(
      testDescription: "the first step refuses",
      script: ["one": [.error(SagaScene.Refusal())]], effects: ["refused: No luck."],
      state: "undone"),
    Case(
      testDescription: "a step refuses in words", script: ["two": [.move(.refuse(reason: "No."))]],
      effects: ["one", "two", "refused: No.", "-one"], state: "undone"),
    Case(
      testDescription: "a step that waited is undone too",
      script: [
        "two": [
          .move(.wait(for: "rain", until: longAgo)), .move(.wait(for: "rain", until: longAgo)),
          .error(SagaScene.Refusal()),
        ]
      ],
      effects: ["one", "two", "two", "refused: No luck.", "-two", "-one"], state: "undone"),
    Case(
      testDescription: "it gives up in the end", script: ["two": flops],
      effects: ["one", "refused: It failed 3 times.", "-one"], state: "undone"),
    Case(
      testDescription: "undoing is tried again",
      script: ["three": [.error(SagaScene.Refusal())], "-two": [.error(Flop())]],
      effects: ["one", "two", "refused: No luck.", "-two", "-one"], state: "undone"),
    Case(
      testDescription: "undoing waits",
      script: [
        "three": [.error(SagaScene.Refusal())],
        "-one": [.move(.wait(for: "the bank", until: longAgo))],
      ],
      effects: ["one", "two", "refused: No luck.", "-two", "-one", "-one"], state: "undone"),
    Case(
      testDescription: "undoing that never works needs an operator",
      script: ["three": [.error(SagaScene.Refusal())], "-two": flops],
      effects: ["one", "two", "refused: No luck."], state: "stuck"),
    Case(
      testDescription: "undoing that refuses needs an operator",
      script: [
        "three": [.error(SagaScene.Refusal())], "-two": [.move(.refuse(reason: "Too late."))],
      ],
      effects: ["one", "two", "refused: No luck.", "-two"], state: "stuck"),
    Case(
      testDescription: "what cannot be refused is tried again",
      script: [
        "two": [.error(SagaScene.Refusal()), .error(SagaScene.Refusal())],
        "refused: No luck.": [.error(Flop())],
      ],
      effects: ["one", "refused: No luck.", "-one"], state: "undone"),
  ]

  @Test(arguments: cases) func runs(_ trial: Case) throws {
    let scene = try SagaScene()
    scene.script.withLock { $0 = trial.script }
    try scene.tell("started")
    try scene.settle(scene.stepper())
    #expect(try scene.state() == trial.state)
    #expect(try scene.effects() == trial.effects)
  }

  @Test func stepsThatNeedNotWaitShareATransaction() throws {
    let scene = try SagaScene()
    try scene.tell("started")
    let database = scene.log.scheduler()
    let stepper = SagaStepper([scene.definition()], database: database, ids: scene.log.ids)
    #expect(try stepper.advance(scene.key) == .moved)
    #expect(database.statistics.roundTrips == 2)
    #expect(try scene.state() == "done")
    #expect(try stepper.advance(scene.key) == .nothing)
  }

  @Test func waitsUntilItIsTimeOrSomebodyWakesIt() throws {
    let scene = try SagaScene()
    let until = scene.now + .minutes(30)
    scene.say(
      "two", .move(.wait(for: "money", until: until)), .move(.wait(for: "money", until: until)))
    try scene.tell("started")
    let stepper = scene.stepper()
    #expect(try stepper.advance(scene.key) == .moved)
    #expect(try stepper.advance(scene.key) == .nothing)
    #expect(try stepper.nextDue() == until)
    #expect(try stepper.due(since: Self.longAgo, limit: 9).isEmpty)
    try scene.tell("woke")
    #expect(try stepper.due(since: Self.longAgo, limit: 9).map(\.key) == [scene.key])
    #expect(try stepper.advance(scene.key) == .moved)
    #expect(try stepper.advance(scene.key) == .nothing)
    scene.log.clock.advance(by: .minutes(31))
    #expect(try stepper.advance(scene.key) == .moved)
    #expect(try scene.effects() == ["one", "two", "two", "two", "three"])
  }

  /// What the step found missing happens before its turn commits: it is asked again at once.
  @Test(arguments: [false, true]) func aWakeUpIsNeverLost(duringALaterTurn: Bool) throws {
    let scene = try SagaScene()
    try scene.tell("started")
    let stepper = scene.stepper()
    if duringALaterTurn {
      scene.say("two", .move(.wait(for: "money", until: scene.now + .seconds(1))))
      #expect(try stepper.advance(scene.key) == .moved)
      scene.log.clock.advance(by: .seconds(2))
    }
    let waking = Mutex<Background<Void>?>(nil)
    let far = scene.now + .hours(9)
    scene.say(
      "two",
      .action {
        waking.withLock { $0 = Background { try scene.tell("woke") } }
        // The waker waits for this turn's lock.
        let isWaiting = try becomesTrue {
          try scene.log.look().int(
            "SELECT count(*) FROM pg_locks AS l WHERE NOT l.granted") ?? 0 > 0
        }
        #expect(isWaiting)
        return .wait(for: "money", until: far)
      })
    #expect(try stepper.advance(scene.key) == .moved)
    try waking.withLock { $0 }?.value()
    #expect(try stepper.advance(scene.key) == .moved)
    #expect(try scene.state() == "done")
  }

  @Test func startsOnceWhileItIsLive() throws {
    let scene = try SagaScene()
    scene.say("two", .move(.wait(for: "money", until: scene.now + .hours(1))))
    try scene.tell("started")
    try scene.tell("started")
    let stepper = scene.stepper()
    #expect(try stepper.advance(scene.key) == .moved)
    try scene.tell("started")
    try scene.settle(stepper)
    #expect(try scene.effects() == ["one", "two", "two", "three"])
    try scene.tell("started")
    try scene.settle(stepper)
    #expect(try scene.effects().suffix(3) == ["one", "two", "three"])
    #expect(try scene.log.look().int("SELECT max(s.run) FROM saga.sagas AS s") == 2)
  }

  /// Also when all of it is heard of at once.
  @Test func whatIsSaidOfOneSagaKeepsItsOrder() throws {
    let scene = try SagaScene()
    try scene.tell("woke", "started", "woke", "turned")
    try scene.settle(scene.stepper())
    #expect(try scene.state() == "undone")
    #expect(try scene.effects() == ["refused: Never mind."])
  }

  @Test func aSagaThatIsOverIsNotLookedAtAgain() throws {
    let scene = try SagaScene()
    #expect(try scene.tell("started") == [scene.key])
    #expect(try scene.tell("woke") == [scene.key])
    try scene.settle(scene.stepper())
    #expect(try scene.tell("woke") == [])
  }

  @Test func turnsBackFromWhereverItIs() throws {
    for waits in [true, false] {
      let scene = try SagaScene()
      if waits { scene.say("two", .move(.wait(for: "money", until: scene.now + .hours(1)))) }
      try scene.tell("started")
      let stepper = scene.stepper()
      #expect(try stepper.advance(scene.key) == .moved)
      #expect(try scene.state() == (waits ? "waiting" : "done"))
      try scene.tell("turned")
      try scene.settle(stepper)
      #expect(try scene.state() == "undone")
      let back = waits ? ["-two", "-one"] : ["-three", "-two", "-one"]
      #expect(try scene.effects().suffix(back.count + 1) == ["refused: Never mind."] + back)
      try scene.tell("turned")
      #expect(try stepper.advance(scene.key) == .nothing)
    }
  }

  @Test func aSagaIsInOneHandAtATime() throws {
    let scene = try SagaScene()
    try scene.tell("started")
    scene.say(
      "one",
      .action {
        try scene.stepper().advance(scene.key) == .nothing ? .done : .refuse(reason: "Two.")
      })
    #expect(try scene.stepper().advance(scene.key) == .moved)
    #expect(try scene.state() == "done")
  }

  /// The session dies in the middle of a turn, once after each step.
  @Test(arguments: ["one", "two", "three"]) func aTurnThatDiesHasDoneNothing(at step: String) throws
  {
    let scene = try SagaScene()
    try scene.tell("started")
    let database = scene.log.scheduler()
    let pid = Mutex(0)
    try database.transaction { transaction in
      let number = try transaction.int("SELECT pg_backend_pid()") ?? 0
      pid.withLock { $0 = number }
    }
    scene.say(
      step,
      .action {
        try scene.log.look().execute(
          "SELECT pg_terminate_backend(\(pid.withLock { $0 })::integer, 5000)")
        return .done
      })
    let dying = SagaStepper([scene.definition()], database: database, ids: scene.log.ids)
    #expect(throws: PostgresError.self) { try dying.advance(scene.key) }
    #expect(try scene.effects().isEmpty)
    try scene.settle(scene.stepper())
    #expect(try scene.effects() == ["one", "two", "three"])
  }

  /// A later release has another step; what is under way finds its place by name.
  @Test func stepsAreKnownByName() throws {
    let scene = try SagaScene()
    scene.say("three", .move(.wait(for: "the release", until: scene.now + .seconds(1))))
    try scene.tell("started")
    #expect(try scene.stepper().advance(scene.key) == .moved)
    scene.log.clock.advance(by: .seconds(2))
    let later = scene.stepper(["one", "half", "two", "three"])
    #expect(try later.advance(scene.key) == .moved)
    #expect(try scene.effects() == ["one", "two", "three", "half", "three"])
  }
}
