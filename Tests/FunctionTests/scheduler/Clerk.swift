import Core
import HTTPClient
import KitTesting
import Log
import Outbox
import Payments
import Postgres
import Saga
import Schedule
import Testing
import scheduler

/// The scheduled function's work in one thread, with the role it has in production: events get
/// their places, consumers hear of them, sagas go on, until nothing is due.
final class Clerk {
  let database: Database
  private let drains: [ConsumerDrain]
  private let stepper: SagaStepper
  private let jobs: [Job]
  private let tools: JobTools

  /// With `providers` it also does what is due with them.
  init(_ stack: TestStack, asking providers: Providers? = nil) throws {
    let ids = IDSource(clock: stack.clock.clock)
    database = stack.database.database(role: "souk_scheduler")
    jobs = providers.map { PaymentJobs.make($0) } ?? []
    tools = JobTools(
      database: database, http: HTTPClient(timeout: .seconds(5)), ids: ids,
      log: Logger(function: "scheduler", clock: stack.clock.clock, write: stack.log.write))
    let consumers = Registry.consumers(ids: ids) + [.sagas(Registry.cues, ids: ids)]
    drains = try consumers.map { [database] in
      try ConsumerDrain($0, database: database, ids: ids)
    }
    stepper = SagaStepper(Registry.sagas, database: database, ids: ids)
  }

  /// Ends when nothing moves any more.
  func work() throws {
    var isMoving = true
    var turns = 0
    while isMoving {
      turns += 1
      try #require(turns < 1000, "the work never ends")
      isMoving = try turn()
    }
  }

  /// Without what comes of it.
  func hear() throws {
    while try hearSome() {}
  }

  /// One saga alone.
  func advance(_ definition: String, _ subject: UUID) throws {
    while try stepper.advance(SagaKey(definition: definition, subject: subject)) == .moved {}
  }

  private func hearSome() throws -> Bool {
    var isMoving = (try EventLog.place(in: database) ?? 0) > 0
    for drain in drains {
      if case .moved = try drain.step() { isMoving = true }
    }
    return isMoving
  }

  private func turn() throws -> Bool {
    var isMoving = try hearSome()
    let due = try stepper.due(since: Timestamp(microseconds: 0), limit: 100)
    if try stepper.advance(due.map(\.key)) == .moved { isMoving = true }
    for job in jobs {
      while try job.work(tools) { isMoving = true }
    }
    return isMoving
  }
}
