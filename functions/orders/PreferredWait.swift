import Core
import HTTP
import Middleware
import Orders
import Payments

/// `Prefer: wait=5`: the answer to a new order waits until the order leaves `pending`, and its
/// customer knows where to pay, or until the time is over.
struct PreferredWait {
  private let time: Duration

  /// The web server's patience ends after 20 s.
  private static let longest = 15

  init(_ header: String?) {
    let wish = (header ?? "").split(separator: ",").map { $0.filter { $0 != " " } }
      .first { $0.hasPrefix("wait=") }
    let seconds = wish.flatMap { Int($0.dropFirst(5)) } ?? 0
    time = .seconds(min(max(seconds, 0), Self.longest))
  }

  func begin(after placed: Response, of caller: Caller, _ call: Call) {
    let prefix = "/api/v1/orders/"
    guard time > .zero, let place = placed.header("Location"), place.hasPrefix(prefix),
      let name = OrderDirectory.Name(String(place.dropFirst(prefix.count)))
    else { return }
    let database = call.database
    call.wait(for: time) {
      let reader = Actor(caller.user, isAdmin: false)
      guard let order = try OrderDirectory.find(name, for: reader, in: database),
        order.order.status != .pending, order.payment?.isBeingOpened != true
      else { return nil }
      var answer = try Response.created(order, at: place, version: order.order.version)
      answer.headers.append(.init("Preference-Applied", "wait"))
      return answer
    }
  }
}

extension PaymentView {
  /// Where to pay is not known yet.
  fileprivate var isBeingOpened: Bool {
    status == "pending" && ProviderName(rawValue: provider)?.sendsCustomersAway == true
      && redirectUrl == nil && clientSecret == nil && qrCodeUrl == nil
  }
}
