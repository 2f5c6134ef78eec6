internal import Core
internal import Glibc
internal import Synchronization

/// A process started by this one. It goes on when this value is gone.
package final class ChildProcess: Sendable {
  package let pid: Int32
  private let isGroup: Bool
  private let status = Mutex<ExitStatus?>(nil)

  /// Throws when the program, the working directory or a file of a stream cannot be opened.
  package init(_ command: Command) throws(ProcessError) {
    pid = try spawn(command)
    isGroup = command.inNewSession
  }

  /// How it ended, nil while it runs.
  package func poll() -> ExitStatus? {
    status.withLock { status in
      if let status { return status }
      var raw: Int32 = 0
      // Holding the lock: once it is reaped the pid may belong to another process.
      let reaped = unsafe waitpid(pid, &raw, WNOHANG)
      // Where somebody ignores SIGCHLD the kernel reaps, and how it ended is not to be known.
      if reaped < 0, errno == ECHILD { status = .exited(-1) }
      guard reaped == pid else { return status }
      status = raw & 0x7f == 0 ? .exited(raw >> 8 & 0xff) : .signalled(raw & 0x7f)
      return status
    }
  }

  package var isRunning: Bool { poll() == nil }

  /// How it ended, nil if it still runs after `timeout`.
  package func wait(for timeout: Duration) -> ExitStatus? {
    probe(for: timeout) { self.poll() }
  }

  /// Sends a signal, to its whole group when it has a session of its own, unless it is to go to
  /// the process `alone`. Nothing happens when it has ended.
  package func signal(_ number: Int32, alone: Bool = false) {
    status.withLock { status in
      guard status == nil else { return }
      kill(isGroup && !alone ? -pid : pid, number)
    }
  }

  /// Asks it to end, and kills it when it has not after `timeout`.
  @discardableResult
  package func stop(_ number: Int32 = SIGTERM, within timeout: Duration) throws(ProcessError)
    -> ExitStatus
  {
    if let status = poll() { return status }
    signal(number)
    if let status = wait(for: timeout) { return status }
    signal(SIGKILL)
    guard let status = wait(for: .seconds(10)) else {
      throw ProcessError("process \(pid) does not end even when killed")
    }
    return status
  }
}

/// Asks again, in growing steps of some milliseconds, until there is an answer or time is over.
package func probe<R, E: Error>(
  for timeout: Duration, _ ask: () throws(E) -> R?
) throws(E) -> R? {
  let start = Clock.monotonicNanoseconds()
  let limit = UInt64(max(timeout.microseconds, 0)) * 1000
  var step = 1_000_000
  while true {
    if let answer = try ask() { return answer }
    if Clock.monotonicNanoseconds() - start >= limit { return nil }
    var pause = timespec(tv_sec: 0, tv_nsec: step)
    unsafe nanosleep(&pause, nil)
    step = min(step * 2, 20_000_000)
  }
}
