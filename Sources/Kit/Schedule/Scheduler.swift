package import Core
internal import HTTPClient
package import Log
internal import Middleware
package import Outbox
internal import Postgres
internal import Redis
package import Saga
internal import Synchronization
internal import Threads

/// Everything the scheduled function does: gives events their positions and consumers their
/// events, takes sagas further, and runs jobs.
package struct Plan: Sendable {
  package var consumers: [EventConsumer]
  package var sagas: [SagaDefinition]
  package var cues: [SagaCue]
  package var jobs: [Job]
  /// Told in the log once a run: what this process can do, and another perhaps cannot.
  package var means: [(String, LogValue)]

  package init(
    consumers: [EventConsumer] = [], sagas: [SagaDefinition] = [], cues: [SagaCue] = [],
    jobs: [Job] = [], means: [(String, LogValue)] = []
  ) {
    self.consumers = consumers
    self.sagas = sagas
    self.cues = cues
    self.jobs = jobs
    self.means = means
  }
}

/// One process's share of the work. Any number of them may run at once, on any number of hosts:
/// all they share is in the database, and taken under locks there.
package final class Scheduler: Sendable {
  let plan: Plan
  let settings: ScheduleSettings
  let ids: IDSource
  let log: Logger
  let queue = SagaQueue()

  private let isStopping = Atomic<Bool>(false)
  private let end: UInt64
  private let placing = Bell()
  private let scanning = Bell()
  private let hearing: [Bell]
  private let working: [Bell]

  /// After an error that is not the work's own fault.
  private static let pauseAfterError = Duration.milliseconds(500)
  /// Events get their positions at most so often: under load, what comes meanwhile goes together,
  /// through all that follows, and costs a fraction.
  private static let placingPause = Duration.milliseconds(20)
  /// Rung jobs run at most so often.
  private static let jobPause = Duration.milliseconds(50)
  private static let dueMax = 500
  /// So many sagas share a transaction at most, and its locks.
  private static let togetherMax = 20
  /// Sagas that are over may still stand in the index of what is due, for as long as somebody
  /// holds an old snapshot. All of it is read only so often; in between, what was due since the
  /// last look, and a while before.
  private static let lookBack = Duration.seconds(30)
  private static let wholeLookEvery = 40

  package init(
    _ plan: Plan, _ settings: ScheduleSettings, ids: IDSource = IDSource(), log: Logger
  ) {
    var plan = plan
    let queue = queue
    if !plan.sagas.isEmpty {
      plan.consumers.append(.sagas(plan.cues, ids: ids) { queue.offer($0) })
    }
    self.plan = plan
    self.settings = settings
    self.ids = ids
    self.log = log
    hearing = plan.consumers.map { _ in Bell() }
    working = plan.jobs.map { _ in Bell() }
    end = Clock.monotonicNanoseconds() + UInt64(settings.slot.microseconds) * 1000
  }

  /// May be called from any thread, any number of times.
  package func stop() {
    isStopping.store(true, ordering: .sequentiallyConsistent)
    for bell in [placing, scanning] + hearing + working { bell.ring() }
    queue.close()
  }

  private var isOver: Bool {
    isStopping.load(ordering: .sequentiallyConsistent) || Clock.monotonicNanoseconds() >= end
  }

  /// Works until its slot is over or `stop`, then finishes what runs.
  package func run() throws {
    var threads = [try WorkerThread { self.keepPlacing() }]
    for index in plan.consumers.indices {
      threads.append(try WorkerThread { self.keepGiving(index) })
    }
    if !plan.sagas.isEmpty {
      threads.append(try WorkerThread { self.keepScanning() })
      for _ in 0..<settings.steppers { threads.append(try WorkerThread { self.keepStepping() }) }
    }
    for index in plan.jobs.indices { threads.append(try WorkerThread { self.keepWorking(index) }) }
    listen()
    stop()
    for thread in threads { thread.join() }
  }

  // MARK: The threads

  /// Hears of nudges; without Redis, only of the end.
  private func listen() {
    let subscription = settings.redisURL.map {
      RedisSubscription(RedisSettings(url: $0), channel: Nudge.channel)
    }
    while !isOver {
      do throws(RedisError) {
        guard let subscription else { throw RedisError(.connectFailed, "there is none") }
        // Wakes for the end, too.
        if try subscription.wait(for: .milliseconds(100)) {
          placing.ring()
          // Not all news is an event: a provider may have called.
          ringJobs()
        }
      } catch {
        Bell().wait(for: .milliseconds(100))
      }
    }
  }

  private func keepPlacing() {
    let database = database("positions")
    loop("placing events", pause: { self.placing.wait(for: self.settings.poll) }) {
      let placed = try EventLog.place(in: database) ?? 0
      guard placed > 0 else { return false }
      for bell in hearing { bell.ring() }
      if placed < EventLog.batchMax { Self.pause(Self.placingPause) }
      return true
    }
  }

  private func keepGiving(_ index: Int) {
    var made: ConsumerDrain?
    let database = database(plan.consumers[index].name)
    loop(
      "giving events to \(plan.consumers[index].name)",
      pause: { self.hearing[index].wait(for: self.settings.poll) }
    ) {
      let drain = try made ?? ConsumerDrain(plan.consumers[index], database: database, ids: ids)
      made = drain
      switch try drain.step() {
      case .moved(let count):
        ringJobs()
        if count >= ConsumerDrain.batchMax { return true }
        rest(plan.consumers[index].rest)
        return false
      case .overwhelmed:
        log.error(
          "a consumer has put aside too much", ["consumer": .text(plan.consumers[index].name)])
        return false
      case .idle, .busy: return false
      }
    }
  }

  private func keepScanning() {
    let scanner = stepper("due")
    var looks = 0
    var since = Timestamp(microseconds: 0)
    var next: Timestamp?
    loop(
      "looking for sagas",
      pause: {
        let wait = next.map { min(max($0 - self.ids.clock.now, .zero), self.settings.poll) }
        self.scanning.wait(for: wait ?? self.settings.poll)
      }
    ) {
      let isWhole = looks % Self.wholeLookEvery == 0
      let now = ids.clock.now
      let due = try scanner.due(
        since: isWhole ? Timestamp(microseconds: 0) : since, limit: Self.dueMax)
      queue.offer(due.map(\.key))
      looks += 1
      if due.count < Self.dueMax { since = now - Self.lookBack }
      next = try scanner.nextDue()
      return false
    }
  }

  private func keepStepping() {
    let stepper = stepper("sagas")
    var keys: [SagaKey] = []
    loop(
      "taking sagas further",
      pause: { keys = self.queue.take(Self.togetherMax, until: self.end) }
    ) {
      guard !keys.isEmpty else { return false }
      let taken = keys
      keys = []
      defer { queue.finish(taken) }
      if try stepper.advance(taken) == .moved { ringJobs() }
      return false
    }
  }

  private func stepper(_ purpose: String) -> SagaStepper {
    SagaStepper(plan.sagas, database: database(purpose), ids: ids)
  }

  private func ringJobs() {
    for (job, bell) in zip(plan.jobs, working) where job.isNudged { bell.ring() }
  }

  /// What the scheduler's own work tells is placed at once as well.
  private func database(_ purpose: String, waitsForDisk: Bool = false) -> Database {
    let database = settings.database(purpose, waitsForDisk: waitsForDisk)
    database.onNews = { self.placing.ring() }
    return database
  }

  private func keepWorking(_ index: Int) {
    let job = plan.jobs[index]
    let tools = tools(for: job)
    loop(
      "the job \(job.name)",
      pause: {
        let pause = min(job.every, Self.jobPause)
        Self.pause(pause)
        self.working[index].wait(for: job.every - pause)
      }
    ) { try job.work(tools) }
  }

  private func tools(for job: Job) -> JobTools {
    JobTools(
      database: database(job.name, waitsForDisk: true), http: HTTPClient(timeout: job.patience),
      ids: ids, log: log)
  }

  /// Does the work until there is no more, pauses, and again. An error is told and waited out.
  private func loop(_ name: String, pause: () -> Void, _ work: () throws -> Bool) {
    while !isOver {
      do {
        while try work(), !isOver {}
        if !isOver { pause() }
      } catch {
        log.error("the work failed", ["work": .text(name), "error": .text("\(error)")])
        Self.pause(Self.pauseAfterError)
      }
    }
  }

  /// As long as that, unless it has to end before.
  private func rest(_ time: Duration) {
    let end = Clock.monotonicNanoseconds() + UInt64(time.microseconds) * 1000
    while !isOver, Clock.monotonicNanoseconds() < end {
      Self.pause(min(time, .milliseconds(100)))
    }
  }

  private static func pause(_ time: Duration) { Bell().wait(for: time) }
}

// MARK: - Once

extension Scheduler {
  /// Does everything that is due, and what comes of it, in this thread, until nothing is left to
  /// do now.
  package func settle() throws {
    let positions = database("positions")
    let drains = try plan.consumers.map {
      try ConsumerDrain($0, database: database($0.name), ids: ids)
    }
    let stepper = stepper("sagas")
    let tools = plan.jobs.map { self.tools(for: $0) }
    var hasMoved = true
    while hasMoved {
      hasMoved = false
      while let placed = try EventLog.place(in: positions), placed > 0 {}
      for drain in drains {
        while case .moved = try drain.step() { hasMoved = true }
      }
      var due = try stepper.due(since: Timestamp(microseconds: 0), limit: Self.dueMax)[...]
      while !due.isEmpty {
        let keys = due.prefix(Self.togetherMax).map(\.key)
        due = due.dropFirst(keys.count)
        if try stepper.advance(keys) == .moved { hasMoved = true }
      }
      for (job, tools) in zip(plan.jobs, tools) {
        while try job.work(tools) { hasMoved = true }
      }
    }
  }
}
