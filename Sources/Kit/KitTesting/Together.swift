internal import Dispatch
internal import Synchronization

/// Work on threads of their own, all at the same moment.
package enum Together {
  package struct TooSlow: Error {}

  /// Prepares a worker in each thread, then runs the rounds: `before` runs alone, then all do
  /// `work` at once. Returns the answers by round and thread. Throws the first error, or
  /// `TooSlow` after two minutes.
  package static func run<Worker, Answer: Sendable>(
    threads: Int, rounds: Int = 1, prepare: @escaping @Sendable (Int) throws -> Worker,
    before: @escaping @Sendable (Int) throws -> Void = { _ in },
    _ work: @escaping @Sendable (Worker, _ round: Int) throws -> Answer
  ) throws -> [[Answer]] {
    let meetings = Meetings(count: rounds * 2, of: threads)
    let answers = Answers<Answer>(rounds: rounds)
    for thread in 0..<threads {
      meetings.start("together-\(thread)") {
        let worker = Result { try prepare(thread) }
        for round in 0..<rounds {
          // Whoever failed still comes to the meetings, or the others would wait in vain.
          meetings.meet(round * 2)
          let isReady = thread == 0 ? Result { try before(round) } : .success(())
          meetings.meet(round * 2 + 1)
          answers.add(
            Result { try isReady.get() }.flatMap { _ in worker }.flatMap { worker in
              Result { try work(worker, round) }
            }, round)
        }
      }
    }
    guard meetings.haveEnded() else { throw TooSlow() }
    return try answers.byRound()
  }
}

/// Points in time at which all threads meet.
private final class Meetings: Sendable {
  private let groups: [DispatchGroup]
  private let running = DispatchGroup()
  private static let longest = 120.0

  init(count: Int, of threads: Int) {
    groups = (0..<count).map { _ in
      let group = DispatchGroup()
      for _ in 0..<threads { group.enter() }
      return group
    }
  }

  func start(_ label: String, _ work: @escaping @Sendable () -> Void) {
    DispatchQueue(label: label).async(group: running) { work() }
  }

  func meet(_ number: Int) {
    groups[number].leave()
    _ = groups[number].wait(timeout: .now() + Self.longest)
  }

  func haveEnded() -> Bool { running.wait(timeout: .now() + Self.longest) == .success }
}

private final class Answers<Answer: Sendable>: Sendable {
  private let kept: Mutex<[[Result<Answer, any Error>]]>

  init(rounds: Int) { kept = Mutex(Array(repeating: [], count: rounds)) }

  func add(_ answer: Result<Answer, any Error>, _ round: Int) {
    kept.withLock { $0[round].append(answer) }
  }

  func byRound() throws -> [[Answer]] {
    try kept.withLock { $0 }.map { try $0.map { try $0.get() } }
  }
}
