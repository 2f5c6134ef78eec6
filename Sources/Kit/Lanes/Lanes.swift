/// Several requests on one thread. Each stays plain code from top to bottom; where one would wait
/// for Postgres or Redis, the others go on until they would wait too, and then what all of them ask
/// goes out together and is waited for once. Under load that saves most of the system calls and
/// switches between processes that a request costs, here and in the servers that are asked.
///
/// What blocks the thread in another way, such as hashing a password or a foreign server, holds up
/// the neighbours: a function that does so has one lane. So does an open transaction, which is why
/// a function that mostly writes has more workers and few lanes.
///
/// One worker owns it; never two lanes run at a time.
package final class Lanes {
  /// How many requests the worker carries at once, at most.
  package let count: Int
  /// The lane that runs now; 0 where there are no others.
  package private(set) var current = 0

  private var fibers: [Fiber] = []
  private var active: [Int] = []
  private var isInLane = false
  private var isRunning = false
  private var holds = 0
  private var waiting: [() -> Void] = []
  private var last: [() -> Void] = []

  package init(count: Int = 1) {
    self.count = max(1, count)
  }

  /// Runs all pieces of work, at most `count`, and returns when each is done.
  package func run(_ works: [() -> Void]) {
    isRunning = true
    defer { finish() }
    guard works.count > 1, let fibers = fibers(works.count) else {
      for work in works { work() }
      return
    }
    for (fiber, work) in zip(fibers, works) { fiber.take(work) }
    active = Array(works.indices)
    isInLane = true
    while !active.isEmpty {
      for lane in active {
        current = lane
        fibers[lane].enter()
      }
      active.removeAll { fibers[$0].isDone }
    }
    isInLane = false
    current = 0
  }

  /// To be called before waiting: lets each of the others go on until it waits as well or is done,
  /// then does what `beforeWaiting` collected.
  package func pause() {
    if isInLane, holds == 0, active.count > 1 { fibers[current].leave() }
    let actions = waiting
    waiting = []
    for action in actions { action() }
  }

  /// Has the action done before any lane waits, such as sending what all of them have put by.
  package func beforeWaiting(_ action: @escaping () -> Void) { waiting.append(action) }

  /// Has the action done when all work of this turn is done; at once outside of `run`.
  package func atTheEnd(_ action: @escaping () -> Void) {
    if isRunning { last.append(action) } else { action() }
  }

  private func finish() {
    isRunning = false
    let actions = last
    last = []
    for action in actions { action() }
  }

  /// Until it is let go nobody else goes on: this lane owns something that cannot be shared, such
  /// as an open transaction.
  package func hold() { holds += 1 }

  package func letGo() { holds -= 1 }

  /// Nil when there is no memory for more stacks: then one request comes after the other.
  private func fibers(_ needed: Int) -> [Fiber]? {
    while fibers.count < needed {
      guard let fiber = Fiber() else { return nil }
      fibers.append(fiber)
    }
    return fibers
  }
}
