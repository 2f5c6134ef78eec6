import Core
import HTTP
import Middleware
import Orders

/// By its id or by its number.
@Sendable func getOrder(_ call: Call) throws -> Response {
  let order = try call.ownOrder()
  return try .data(order).tagged(version: order.order.version)
}

extension Call {
  /// The order the path names, as it is read. Throws `noSuchOrder`.
  func ownOrder() throws -> OrderView {
    guard let name = OrderDirectory.Name(pathText()),
      let order = try OrderDirectory.find(name, for: try actor(), in: database)
    else { throw OrderError.noSuchOrder }
    return order
  }

  func actor() throws -> Actor {
    let caller = try signedIn()
    return Actor(caller.user, isAdmin: caller.has(.admin))
  }
}
