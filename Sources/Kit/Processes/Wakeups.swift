internal import CGlibc
internal import Core
internal import Glibc

/// Waits for signals and sockets at once, for a process that does all its work in one thread.
package final class Wakeups {
  package struct Occasion: Sendable {
    package let signals: Set<Int32>
    /// The descriptors of those watched that have something to read or accept.
    package let readable: Set<Int32>
  }

  private let file: Int32

  /// From now on these signals do nothing but wake. Throws when the system has no descriptor left.
  package init(_ signals: [Int32]) throws(ProcessError) {
    var set = sigset_t()
    unsafe sigemptyset(&set)
    for signal in signals { unsafe sigaddset(&set, signal) }
    unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
    file = unsafe signalfd(-1, &set, Int32(SFD_NONBLOCK | SFD_CLOEXEC))
    guard file >= 0 else { throw ProcessError("no descriptor for signals to be had") }
  }

  deinit { close(file) }

  /// Returns when there is something, or with nothing after `timeout`.
  package func next(watching files: [Int32] = [], timeout: Duration) -> Occasion {
    var entries = ([file] + files).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    let milliseconds = Int32(clamping: max(0, (timeout.microseconds + 999) / 1000))
    _ = unsafe poll(&entries, nfds_t(entries.count), milliseconds)
    let readable = entries.dropFirst().filter { $0.revents != 0 }.map(\.fd)
    return Occasion(signals: received(), readable: Set(readable))
  }

  private func received() -> Set<Int32> {
    var signals: Set<Int32> = []
    var information = signalfd_siginfo()
    let size = MemoryLayout<signalfd_siginfo>.size
    while unsafe read(file, &information, size) == size {
      signals.insert(Int32(information.ssi_signo))
    }
    return signals
  }
}
