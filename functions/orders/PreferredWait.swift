import Core
import HTTP
import Middleware
import Orders
import Synchronization

/// `Prefer: wait=5`: the answer to a new order waits until the order leaves `pending`, or the
/// time is over.
struct PreferredWait {
  private let time: Duration

  private static let longest = 30
  private static let pause = Duration.milliseconds(10)
  /// Those who wait hold a worker each: some have to stay free for the others.
  private static let waiting = Atomic<Int>(0)

  init(_ header: String?) {
    let wish = (header ?? "").split(separator: ",").map { $0.filter { $0 != " " } }
      .first { $0.hasPrefix("wait=") }
    let seconds = wish.flatMap { Int($0.dropFirst(5)) } ?? 0
    time = .seconds(min(max(seconds, 0), Self.longest))
  }

  /// The answer as the order is then.
  func wait(for placed: Response, of caller: Caller, _ call: Call) throws -> Response {
    let prefix = "/api/v1/orders/"
    guard time > .zero, let place = placed.header("Location"), place.hasPrefix(prefix),
      let name = OrderDirectory.Name(String(place.dropFirst(prefix.count)))
    else { return placed }
    let most = max(1, call.shared.settings.workers - 1)
    guard Self.waiting.add(1, ordering: .relaxed).oldValue < most else {
      Self.waiting.subtract(1, ordering: .relaxed)
      return placed
    }
    defer { Self.waiting.subtract(1, ordering: .relaxed) }
    let end = call.now + time
    while call.now < end {
      Clock.pause(Self.pause)
      guard
        let order = try OrderDirectory.find(
          name, for: Actor(caller.user, isAdmin: false), in: call.database)
      else { return placed }
      guard order.order.status == .pending else {
        var answer = try Response.created(order, at: place, version: order.order.version)
        answer.headers.append(.init("Preference-Applied", "wait"))
        return answer
      }
    }
    return placed
  }
}
