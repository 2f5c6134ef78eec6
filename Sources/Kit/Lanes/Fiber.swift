internal import CGlibc
internal import Glibc

/// A stack of its own, on which a piece of work can stop halfway and go on later. One thread makes
/// it, enters it and ends it.
/// Safe because the contexts and the stack live as long as the fiber, and only `enter` and `leave`
/// touch them, in turn.
@safe final class Fiber {
  private let inside: UnsafeMutablePointer<ucontext_t>
  private let outside: UnsafeMutablePointer<ucontext_t>
  private let stack: UnsafeMutableRawPointer
  private var work: (() -> Void)?

  /// Touched pages alone cost memory. The lowest page is never to be touched: a stack that grows
  /// into it ends the process rather than overwrite its neighbour.
  private static let stackBytes = 512 << 10
  private static let guardBytes = 4096

  /// Nil when the system has no memory left.
  init?() {
    let place = unsafe mmap(
      nil, Self.stackBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
      -1, 0)
    guard let place = unsafe place, unsafe place != MAP_FAILED else { return nil }
    unsafe mprotect(place, Self.guardBytes, PROT_NONE)
    unsafe stack = place
    unsafe inside = .allocate(capacity: 1)
    unsafe outside = .allocate(capacity: 1)
    unsafe inside.initialize(to: ucontext_t())
    unsafe outside.initialize(to: ucontext_t())
    unsafe CGlibc_makecontext(
      inside, stack, Self.stackBytes,
      { high, low in
        let bits = UInt(high) << 32 | UInt(low)
        guard let pointer = unsafe UnsafeRawPointer(bitPattern: bits) else { return }
        unsafe Unmanaged<Fiber>.fromOpaque(pointer).takeUnretainedValue().workForever()
      }, Unmanaged.passUnretained(self).toOpaque())
  }

  deinit {
    unsafe munmap(stack, Self.stackBytes)
    unsafe inside.deallocate()
    unsafe outside.deallocate()
  }

  var isDone: Bool { work == nil }

  /// Gives the fiber its next work, which begins with `enter`.
  func take(_ work: @escaping () -> Void) { self.work = work }

  /// Runs the work until it leaves or is done.
  func enter() { unsafe CGlibc_swapcontext(outside, inside) }

  /// Called inside the work: goes back to who entered, until the next `enter`.
  func leave() { unsafe CGlibc_swapcontext(inside, outside) }

  private func workForever() -> Never {
    while true {
      work?()
      work = nil
      leave()
    }
  }
}
