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

  /// Nanoseconds of a clock that never jumps: for measuring, not for telling the time.
  package static func monotonicNanoseconds() -> UInt64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}

/// Random words and ids, passed in so that tests can repeat them.
package struct Randomness: Sendable {
  private let draw: @Sendable () -> UInt64

  package init(_ draw: @escaping @Sendable () -> UInt64) { self.draw = draw }

  package func word() -> UInt64 { draw() }

  package func bytes(_ count: Int) -> [UInt8] {
    var bytes = [UInt8]()
    bytes.reserveCapacity(count + 7)
    while bytes.count < count {
      var word = draw()
      for _ in 0..<8 {
        bytes.append(UInt8(truncatingIfNeeded: word))
        word >>= 8
      }
    }
    return Array(bytes.prefix(count))
  }

  /// The kernel's generator, good enough for keys and tokens.
  package static let system = Randomness {
    var generator = SystemRandomNumberGenerator()
    return generator.next()
  }
}

/// Makes version 7 ids from a clock and randomness.
package struct IDSource: Sendable {
  package let clock: Clock
  package let randomness: Randomness

  package init(clock: Clock = .system, randomness: Randomness = .system) {
    self.clock = clock
    self.randomness = randomness
  }

  package func uuid() -> UUID {
    UUID(
      milliseconds: clock.now.milliseconds, random: (randomness.word(), randomness.word()))
  }

  package func id<Kind>(_ kind: Kind.Type = Kind.self) -> ID<Kind> { ID(uuid()) }
}
