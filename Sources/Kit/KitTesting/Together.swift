internal import Dispatch
internal import Synchronization

/// Work on a thread of its own, whose end can be waited for.
package final class Background<Value: Sendable>: Sendable {
  package struct TooSlow: Error {}

  private let outcome = Mutex<Result<Value, any Error>?>(nil)
  private let group = DispatchGroup()

  package init(_ work: @escaping @Sendable () throws -> Value) {
    DispatchQueue(label: "background").async(group: group) {
      let result = Result { try work() }
      self.outcome.withLock { $0 = result }
    }
  }

  /// Throws what the work threw, or `TooSlow` when it hangs: by itself it takes no two minutes.
  package func value(within seconds: Double = 120) throws -> Value {
    guard group.wait(timeout: .now() + seconds) == .success, let result = outcome.withLock({ $0 })
    else { throw TooSlow() }
    return try result.get()
  }
}

/// The same work on many threads, all at the same moment.
package enum Together {
  /// Prepares a worker in each thread, then runs the rounds: `before` runs alone, then all do
  /// `work` at once. Returns the answers by round and thread. Throws the first error.
  package static func run<Worker, Answer: Sendable>(
    threads: Int, rounds: Int = 1, prepare: @escaping @Sendable (Int) throws -> Worker,
    before: @escaping @Sendable (_ round: Int) throws -> Void = { _ in },
    _ work: @escaping @Sendable (Worker, _ round: Int) throws -> Answer
  ) throws -> [[Answer]] {
    let meetings = Meetings(count: rounds * 2, of: threads)
    let crowd = (0..<threads).map { thread in
      Background {
        let worker = Result { try prepare(thread) }
        return (0..<rounds).map { round in
          // Whoever failed still comes to the meetings, or the others would wait in vain.
          meetings.meet(round * 2)
          let opening = thread == 0 ? Result { try before(round) } : .success(())
          meetings.meet(round * 2 + 1)
          return Result {
            try opening.get()
            return try work(try worker.get(), round)
          }
        }
      }
    }
    // Many rounds on a busy machine take their time without hanging.
    let answers = try crowd.map { try $0.value(within: 120 + 10 * Double(rounds)) }
    return try (0..<rounds).map { round in try answers.map { try $0[round].get() } }
  }
}

/// Points in time at which all threads meet.
private final class Meetings: Sendable {
  private let groups: [DispatchGroup]

  init(count: Int, of threads: Int) {
    groups = (0..<count).map { _ in
      let group = DispatchGroup()
      for _ in 0..<threads { group.enter() }
      return group
    }
  }

  func meet(_ number: Int) {
    groups[number].leave()
    _ = groups[number].wait(timeout: .now() + 60)
  }
}
