import Core
import HTTP
import Middleware
import Orders

@Sendable func updateParcel(_ call: Call) throws -> Response {
  let caller = try call.signedIn()
  let id = try call.id(ParcelKind.self)
  let body: UpdateParcelRequest = try call.body()
  return try call.write { transaction in
    try call.orders.handle(
      id, body.change, by: caller.asShopManager, check: call.requireMatch, in: transaction)
    return try call.parcelAnswer(id, in: transaction)
  }
}

struct UpdateParcelRequest: RequestBody {
  let change: ParcelChange

  init(_ fields: inout Fields) {
    change = ParcelChange(
      status: fields.optionalChoice("status"),
      carrier: fields.optionalText("carrier", 1...100, .line),
      tracking: fields.optionalText("tracking", 1...100, .line),
      note: fields.optionalText("note", 1...300, .line))
  }
}
