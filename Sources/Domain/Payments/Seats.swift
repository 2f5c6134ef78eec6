internal import Synchronization

/// How many of a process's workers may wait for providers at once: others are to be served, too,
/// while a provider is slow.
final class Seats: Sendable {
  private let free: Atomic<Int>

  init(_ count: Int) { free = Atomic(count) }

  func take() -> Bool {
    let left = free.subtract(1, ordering: .acquiring).newValue
    if left < 0 { leave() }
    return left >= 0
  }

  func leave() { free.add(1, ordering: .releasing) }
}
