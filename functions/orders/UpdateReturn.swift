import Core
import HTTP
import Middleware
import Orders

/// The shop agrees or not, and says when the goods came back. The money follows by itself.
@Sendable func updateReturn(_ call: Call) throws -> Response {
  let caller = try call.signedIn()
  let id = try call.id(ReturnKind.self)
  let body: UpdateReturnRequest = try call.body()
  return try call.write { transaction in
    try call.orders.decide(
      id, body.status, restock: body.restock, note: body.note, by: caller.asShopManager,
      check: call.requireMatch, in: transaction)
    let found = try returned(id, for: try call.actor(), in: transaction)
    return try .data(found).tagged(version: found.version)
  }
}

struct UpdateReturnRequest: RequestBody {
  let status: ReturnStatus
  let restock: Bool?
  let note: String?

  init(_ fields: inout Fields) {
    status = fields.choice("status", else: .requested)
    restock = fields.optionalFlag("restock")
    note = fields.optionalText("note", 1...300, .line)
  }
}
