import Core
import HTTP
import Middleware
import Orders

/// Until something has been shipped. Stock, promotions and money go back after the answer.
@Sendable func cancelOrder(_ call: Call) throws -> Response {
  let actor = try call.actor()
  let id = try call.id(OrderKind.self)
  let body: CancelOrderRequest = try call.bodyIfAny()
  return try call.write { transaction in
    try call.orders.cancel(
      id, reason: body.reason, by: actor, check: call.requireMatch, in: transaction)
    guard let order = try OrderDirectory.find(.id(id), for: actor, in: transaction) else {
      throw OrderError.noSuchOrder
    }
    return try .data(order).tagged(version: order.order.version)
  }
}

struct CancelOrderRequest: RequestBody {
  let reason: String?

  init(_ fields: inout Fields) { reason = fields.optionalText("reason", 1...300, .line) }
}
