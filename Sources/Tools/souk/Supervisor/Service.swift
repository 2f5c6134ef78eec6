import Core
import Glibc
import Log
import Processes

/// One process that is to run as long as the stack does, started again whenever it dies.
final class Service {
  enum State: String, Encodable {
    case running
    /// It died and is started again in a moment.
    case waiting
    /// It ended for want of requests.
    case asleep
    case stopped
  }

  let recipe: Recipe
  /// Where it writes its log.
  let logPath: String
  private(set) var state = State.stopped
  private(set) var process: ChildProcess?
  /// The one before, while the one now proves itself.
  private(set) var predecessor: ChildProcess?
  private(set) var restarts = 0
  private(set) var lastEnd: String?
  /// The last line of its log when it ended.
  private(set) var lastWords: String?
  /// While it waits: when it is started. While it has a predecessor: when that one may go.
  private(set) var dueAt: UInt64?

  private var backoff = Backoff()
  private var startedAt: UInt64 = 0
  private var retired: [ChildProcess] = []
  private let log: Logger

  /// How long a process must have lived before its predecessor goes.
  private static let probation: UInt64 = 1_000_000_000

  init(_ recipe: Recipe, logPath: String, log: Logger) {
    self.recipe = recipe
    self.logPath = logPath
    self.log = log
  }

  var pids: [Int32] { ([process, predecessor] + retired).compactMap { $0?.pid } }

  /// A failure to start counts as a death: it is tried again.
  func start() {
    startedAt = Clock.monotonicNanoseconds()
    dueAt = nil
    do {
      process = try ChildProcess(try recipe.command())
      state = .running
    } catch {
      died("\(error)")
    }
  }

  /// A new process beside the running one, which goes when the new one has lived for a moment.
  func replace() {
    guard state == .running, predecessor == nil, let old = process else {
      if state != .stopped { start() }
      return
    }
    start()
    guard state == .running else {
      process = old
      state = .running
      return
    }
    predecessor = old
    dueAt = startedAt + Self.probation
  }

  /// Looks after its processes. True when something changed.
  func tick(isAskedFor: Bool) -> Bool {
    let hasReaped = reapRetired()
    return lookAfterProcess(isAskedFor: isAskedFor) || hasReaped
  }

  private func lookAfterProcess(isAskedFor: Bool) -> Bool {
    if state == .running { return checkProcess() || releasePredecessor() || renew() }
    let isDue = dueAt.map { $0 <= Clock.monotonicNanoseconds() } ?? false
    guard (state == .waiting && isDue) || (state == .asleep && isAskedFor) else { return false }
    if state == .waiting { restarts += 1 }
    start()
    return true
  }

  private func renew() -> Bool {
    guard let interval = recipe.renewedEvery, predecessor == nil else { return false }
    let age = Clock.monotonicNanoseconds() - startedAt
    guard age >= UInt64(interval.microseconds) * 1000 else { return false }
    replace()
    return true
  }

  private func checkProcess() -> Bool {
    guard let process, let status = process.poll() else { return false }
    // What it left behind, such as workers of nginx that hold the port.
    kill(-process.pid, SIGKILL)
    if recipe.mayFallAsleep, status.isSuccess, predecessor == nil {
      self.process = nil
      state = .asleep
      return true
    }
    if let predecessor, predecessor.isRunning {
      note(end: "the one to replace it: \(status)")
      self.process = predecessor
      self.predecessor = nil
      dueAt = nil
      return true
    }
    died("\(status)")
    return true
  }

  private func died(_ reason: String) {
    let life = Duration.nanoseconds(
      Int64(clamping: Clock.monotonicNanoseconds() - startedAt))
    let delay = backoff.delay(afterLiving: life)
    process = nil
    predecessor = nil
    state = .waiting
    note(end: reason)
    dueAt = Clock.monotonicNanoseconds() + UInt64(delay.microseconds) * 1000
    log.warning(
      "a service ended",
      [
        "service": .text(recipe.name), "reason": .text(reason),
        "restart_in_ms": .number(Int(delay.milliseconds)),
      ])
  }

  private func note(end: String) {
    lastEnd = end
    lastWords = String(LogTail(logPath).lastLines(1).prefix(500))
  }

  private func releasePredecessor() -> Bool {
    guard let old = predecessor, let dueAt, dueAt <= Clock.monotonicNanoseconds() else {
      return false
    }
    if let ending = recipe.endings.first { old.signal(ending.signal, alone: true) }
    retired.append(old)
    predecessor = nil
    self.dueAt = nil
    return true
  }

  /// Those that were told to go, and may still be answering.
  private func reapRetired() -> Bool {
    let count = retired.count
    retired.removeAll { !$0.isRunning }
    return retired.count < count
  }

  // MARK: Stopping

  /// Asks all its processes to end.
  func beginStopping(with ending: Recipe.Ending) {
    for process in processes { process.signal(ending.signal, alone: true) }
  }

  var isGone: Bool { processes.allSatisfy { !$0.isRunning } }

  func markStopped() {
    state = .stopped
    dueAt = nil
  }

  func killAll() { for process in processes { process.signal(SIGKILL) } }

  private var processes: [ChildProcess] { ([process, predecessor] + retired).compactMap { $0 } }
}
