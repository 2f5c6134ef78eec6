internal import Core

/// What a request is answered with: now, or once there is more to say.
package enum Answer {
  case now(Response)
  case later(AwaitedAnswer)

  /// For who can do nothing else meanwhile.
  package func settled() -> Response {
    switch self {
    case .now(let response): return response
    case .later(let awaited):
      while true {
        Clock.pause(.milliseconds(Int64(awaited.millisecondsToNextLook)))
        if let response = awaited.look() { return response }
      }
    }
  }
}

/// An answer that is worth waiting for: it is looked for again and again, less and less often,
/// until it is there or the time is over. Meanwhile the worker serves others.
package final class AwaitedAnswer {
  /// What is said when the time is over.
  package let present: Response
  private let find: () -> Response?
  private let end: Deadline
  private var nextLook: Deadline
  private var pause = AwaitedAnswer.shortestPause

  private static let shortestPause = Duration.milliseconds(10)
  private static let longestPause = Duration.milliseconds(160)

  /// Only called by the worker that has the request.
  package init(
    _ present: Response, within time: Duration, find: @escaping () -> Response?
  ) {
    self.present = present
    self.find = find
    end = Deadline(after: time)
    nextLook = Deadline(after: Self.shortestPause)
  }

  package var isDue: Bool { nextLook.hasPassed || end.hasPassed }

  package var millisecondsToNextLook: Int32 {
    min(nextLook.millisecondsLeft, end.millisecondsLeft)
  }

  /// Nil when there is nothing yet.
  package func look() -> Response? {
    if let found = find() { return found }
    if end.hasPassed { return present }
    pause = min(pause * 2, Self.longestPause)
    nextLook = Deadline(after: pause)
    return nil
  }
}
