internal import Glibc
internal import Synchronization

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
  package static let system: Randomness = {
    let pool = RandomPool()
    return Randomness { pool.word() }
  }()
}

/// Asks the kernel for many words at once: every request needs some, and a system call for each
/// would be felt.
private final class RandomPool: Sendable {
  private let words = Mutex<[UInt64]>([])
  private static let count = 256 / MemoryLayout<UInt64>.size

  func word() -> UInt64 {
    words.withLock { words in
      if words.isEmpty { words = Self.fill() }
      return words.removeLast()
    }
  }

  /// As many bytes as the kernel gives whole or not at all. It cannot fail once the system runs.
  private static func fill() -> [UInt64] {
    var words = [UInt64](repeating: 0, count: count)
    let status = unsafe words.withUnsafeMutableBytes { unsafe getentropy($0.baseAddress, $0.count) }
    precondition(status == 0, "the kernel gives no randomness")
    return words
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
