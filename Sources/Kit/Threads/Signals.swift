internal import Glibc

/// Turns SIGTERM and SIGINT into a call on a thread of its own. The signals are blocked
/// everywhere, so their default actions never run.
package enum Signals {
  package static func onTermination(_ body: @escaping @Sendable () -> Void) throws {
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    unsafe sigaddset(&signals, SIGTERM)
    unsafe sigaddset(&signals, SIGINT)
    unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
    // Never joined: it ends with the process.
    _ = try WorkerThread {
      var signals = sigset_t()
      unsafe sigemptyset(&signals)
      unsafe sigaddset(&signals, SIGTERM)
      unsafe sigaddset(&signals, SIGINT)
      var received: Int32 = 0
      while unsafe sigwait(&signals, &received) != 0 {}
      body()
    }
  }
}
