internal import Glibc

/// The time, passed in so that tests can set it.
package struct Clock: Sendable {
  private let read: @Sendable () -> Timestamp

  package init(_ read: @escaping @Sendable () -> Timestamp) { self.read = read }

  package var now: Timestamp { read() }

  package static let system = Clock {
    var time = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
  }

  /// Holds the thread. Only where nothing else could go on with it.
  package static func pause(_ time: Duration) { usleep(UInt32(clamping: time.microseconds)) }

  /// Nanoseconds of a clock that never jumps: for measuring, not for telling the time.
  package static func monotonicNanoseconds() -> UInt64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}
