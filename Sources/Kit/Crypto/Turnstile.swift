internal import Glibc

/// Too many passwords are being hashed. The caller should come back in a few seconds.
package enum PasswordBusy: Error {
  /// So many wait already that another would not get its turn in time.
  case queueFull
  case waitedTooLong
  case outOfMemory
}

/// Lets a bounded number of threads in at once, and a bounded number wait for a bounded time.
@safe
package final class Turnstile: @unchecked Sendable {
  // SAFETY: `free` and `queued` are touched only under the lock. Lock and condition are made for
  // many threads, and do not move.
  private let lock: UnsafeMutablePointer<pthread_mutex_t>
  private let freed: UnsafeMutablePointer<pthread_cond_t>
  private var free: Int
  private var queued = 0

  private let queue: Int
  private let longestWait: Duration

  package init(slots: Int, queue: Int, longestWait: Duration) {
    precondition(slots > 0, "a turnstile without slots never opens")
    free = slots
    self.queue = queue
    self.longestWait = longestWait
    unsafe lock = .allocate(capacity: 1)
    unsafe freed = .allocate(capacity: 1)
    unsafe pthread_mutex_init(lock, nil)
    var attributes = pthread_condattr_t()
    unsafe pthread_condattr_init(&attributes)
    unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    unsafe pthread_cond_init(freed, &attributes)
    unsafe pthread_condattr_destroy(&attributes)
  }

  deinit {
    unsafe pthread_cond_destroy(freed)
    unsafe pthread_mutex_destroy(lock)
    unsafe freed.deallocate()
    unsafe lock.deallocate()
  }

  /// How many threads wait now.
  package var waiting: Int {
    unsafe pthread_mutex_lock(lock)
    defer { unsafe pthread_mutex_unlock(lock) }
    return queued
  }

  /// Throws when the queue is full or the time is over, without running `body`.
  package func run<Result>(_ body: () -> Result) throws(PasswordBusy) -> Result {
    try enter()
    defer { leave() }
    return body()
  }

  private func enter() throws(PasswordBusy) {
    unsafe pthread_mutex_lock(lock)
    defer { unsafe pthread_mutex_unlock(lock) }
    if free == 0 {
      guard queued < queue else { throw .queueFull }
      queued += 1
      defer { queued -= 1 }
      var deadline = deadline()
      while free == 0 {
        let result = unsafe pthread_cond_timedwait(freed, lock, &deadline)
        if result == ETIMEDOUT, free == 0 { throw .waitedTooLong }
      }
    }
    free -= 1
  }

  private func leave() {
    unsafe pthread_mutex_lock(lock)
    free += 1
    unsafe pthread_cond_signal(freed)
    unsafe pthread_mutex_unlock(lock)
  }

  private func deadline() -> timespec {
    var now = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &now)
    let wait = longestWait.components
    let nanoseconds = now.tv_nsec + Int(wait.attoseconds / 1_000_000_000)
    return timespec(
      tv_sec: now.tv_sec + Int(wait.seconds) + nanoseconds / 1_000_000_000,
      tv_nsec: nanoseconds % 1_000_000_000)
  }
}
