internal import Core
internal import Saga
internal import Threads

/// The sagas that have something to do now, each once, for whichever stepper is free. Nothing is
/// lost with it: what is due stands in the database and is found again.
final class SagaQueue: Sendable {
  private struct Content {
    var waiting: [SagaKey] = []
    var first = 0
    /// Waiting, or being worked on.
    var known: Set<SagaKey> = []
    /// Offered again while being worked on.
    var again: Set<SagaKey> = []
    var isClosed = false
  }

  private let content = Monitor(Content())
  private static let countMax = 10_000

  func offer(_ keys: [SagaKey]) {
    content.change { content in
      for key in keys where content.known.count < Self.countMax {
        if content.known.insert(key).inserted {
          content.waiting.append(key)
        } else {
          content.again.insert(key)
        }
      }
    }
  }

  /// As many as wait, up to so many; none when there was nothing until then, or when it is closed.
  func take(_ limit: Int, until deadline: UInt64) -> [SagaKey] {
    content.wait(until: deadline) { content -> [SagaKey]? in
      if content.isClosed { return [] }
      guard content.first < content.waiting.count else { return nil }
      return Self.removeFirst(limit, &content)
    } ?? []
  }

  private static func removeFirst(_ limit: Int, _ content: inout Content) -> [SagaKey] {
    let end = min(content.first + limit, content.waiting.count)
    let keys = Array(content.waiting[content.first..<end])
    content.first = end
    if content.first == content.waiting.count {
      content.waiting.removeAll(keepingCapacity: true)
      content.first = 0
    }
    content.again.subtract(keys)
    return keys
  }

  /// To be said of all that were taken.
  func finish(_ keys: [SagaKey]) {
    content.change { content in
      for key in keys {
        if content.again.remove(key) != nil {
          content.waiting.append(key)
        } else {
          content.known.remove(key)
        }
      }
    }
  }

  /// Lets nobody wait any longer.
  func close() { content.change { $0.isClosed = true } }
}
