import Dispatch
import Foundation
import Synchronization

/// Work on a thread of its own, whose end can be waited for.
final class Concurrently<T: Sendable>: Sendable {
  private let outcome = Mutex<Result<T, any Error>?>(nil)
  private let group = DispatchGroup()

  init(_ work: @escaping @Sendable () throws -> T) {
    group.enter()
    // A real thread: a queue's pool runs out when many tests block at once.
    Thread.detachNewThread {
      let result = Result { try work() }
      self.outcome.withLock { $0 = result }
      self.group.leave()
    }
  }

  struct TooSlow: Error {}

  func result() throws -> T {
    guard group.wait(timeout: .now() + 60) == .success, let result = outcome.withLock({ $0 })
    else { throw TooSlow() }
    return try result.get()
  }
}
