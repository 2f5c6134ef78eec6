import Core
import KitTesting
import Log
import Outbox
import Postgres
import Redis
import Saga
import Schedule
import Testing

@Suite struct SchedulerTests {
  let scene: SagaScene
  let redis = TestServers.shared.freshRedisURL()

  init() throws { scene = try SagaScene() }

  private func scheduler(
    poll: Int = 20, milliseconds: Int = 60_000, hasRedis: Bool = true, jobs: [Job] = []
  ) throws -> Scheduler {
    var environment = [
      "DATABASE_URL": scene.log.test.url, "SOUK_DATABASE_ROLE": "souk_scheduler",
      "SOUK_POLL_MS": String(poll), "SOUK_TICK_MS": String(milliseconds),
    ]
    if hasRedis { environment["REDIS_URL"] = redis }
    let settings = try ScheduleSettings(Environment(environment))
    return Scheduler(
      Plan(
        consumers: [scene.log.consumer("ear", types: ["test.started.v1"])],
        sagas: [scene.definition()], cues: SagaScene.cues, jobs: jobs), settings,
      ids: scene.log.ids, log: Logger(function: "scheduler", write: LogRecorder().write))
  }

  private func start(_ count: Int) throws {
    try scene.log.writer().transaction { transaction in
      for number in 0..<count {
        Outbox.append(scene.log.event("\(number)", type: "test.started.v1"), in: transaction)
      }
    }
  }

  private func done() throws -> Int? {
    try scene.log.look().int("SELECT count(*) FROM saga.sagas AS s WHERE s.state = 'done'")
  }

  @Test func twoOfThemDoEverythingOnce() throws {
    let two = try (0..<2).map { _ in try scheduler() }
    let running = two.map { scheduler in Background { try scheduler.run() } }
    for _ in 0..<10 { try start(20) }
    #expect(try becomesTrue(within: .seconds(60)) { try done() == 200 })
    for scheduler in two { scheduler.stop() }
    for thread in running { try thread.value() }
    #expect(try scene.effects().count == 600)
    #expect(try scene.log.heard().count == 200)
  }

  /// It would look by itself only after a minute.
  @Test func aNudgeWakesIt() throws {
    let scheduler = try scheduler(poll: 60_000)
    let running = Background { try scheduler.run() }
    let sender = Redis(RedisSettings(url: redis))
    let hears = try becomesTrue {
      try sender.command("PUBSUB", "NUMSUB", "souk:nudge")
        != .array([
          .bytes(Array("souk:nudge".utf8)), .integer(0),
        ])
    }
    #expect(hears)
    try start(1)
    try sender.command("PUBLISH", "souk:nudge", "1")
    #expect(try becomesTrue { try done() == 1 })
    scheduler.stop()
    try running.value()
  }

  /// Also what comes while it is at work, though nobody can tell it.
  @Test func withoutRedisItLooksByItself() throws {
    let scheduler = try scheduler(hasRedis: false)
    let running = Background { try scheduler.run() }
    for count in 1...3 {
      try start(1)
      #expect(try becomesTrue { try done() == count })
    }
    scheduler.stop()
    try running.value()
  }

  @Test func endsWithItsSlot() throws {
    let scheduler = try scheduler(milliseconds: 100)
    try Background { try scheduler.run() }.value()
  }

  @Test func settlesEverythingThatIsDue() throws {
    try start(3)
    scene.say("one", .error(SagaScene.Refusal()))
    try scheduler().settle()
    #expect(try done() == 2)
    #expect(try scene.log.heard().count == 3)
    #expect(try scene.log.look().int("SELECT count(*) FROM outbox.events") == 3)
  }

  @Test func aJobThatFailsIsTriedAgain() throws {
    let tries = Counter()
    let scheduler = try scheduler(
      jobs: [
        Job("restless", every: .milliseconds(1)) { _ in
          if tries.add() < 3 { throw LogScene.Unwell() }
          return false
        }
      ])
    let running = Background { try scheduler.run() }
    #expect(becomesTrue { tries.count >= 3 })
    scheduler.stop()
    try running.value()
  }
}
