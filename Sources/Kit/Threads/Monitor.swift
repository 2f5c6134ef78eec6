internal import Core
internal import Glibc

/// A value that threads share, and whose changes they can wait for.
@safe
package final class Monitor<Value>: @unchecked Sendable {
  // SAFETY: `value` is touched only under the lock. Lock and condition are made for many threads,
  // and do not move.
  private let lock: UnsafeMutablePointer<pthread_mutex_t>
  private let changed: UnsafeMutablePointer<pthread_cond_t>
  private var value: Value

  package init(_ value: sending Value) {
    self.value = value
    unsafe lock = .allocate(capacity: 1)
    unsafe changed = .allocate(capacity: 1)
    unsafe pthread_mutex_init(lock, nil)
    var attributes = pthread_condattr_t()
    unsafe pthread_condattr_init(&attributes)
    unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    unsafe pthread_cond_init(changed, &attributes)
    unsafe pthread_condattr_destroy(&attributes)
  }

  deinit {
    unsafe pthread_cond_destroy(changed)
    unsafe pthread_mutex_destroy(lock)
    unsafe changed.deallocate()
    unsafe lock.deallocate()
  }

  /// Changes the value, or reads it, and lets everybody who waits look again.
  package func change<Result>(_ body: (inout Value) -> Result) -> Result {
    unsafe pthread_mutex_lock(lock)
    defer { unsafe pthread_mutex_unlock(lock) }
    let result = body(&value)
    unsafe pthread_cond_broadcast(changed)
    return result
  }

  /// Asks until the answer is something, at first at once and then after every change; nil when
  /// the time is over. The deadline is one of the monotonic clock.
  package func wait<Result>(
    until deadline: UInt64, _ body: (inout Value) -> Result?
  ) -> Result? {
    unsafe pthread_mutex_lock(lock)
    defer { unsafe pthread_mutex_unlock(lock) }
    var time = timespec(
      tv_sec: Int(deadline / 1_000_000_000), tv_nsec: Int(deadline % 1_000_000_000))
    while true {
      if let result = body(&value) { return result }
      if unsafe pthread_cond_timedwait(changed, lock, &time) == ETIMEDOUT { return body(&value) }
    }
  }
}
