import Core
import HTTP
import Middleware
import Orders
import Postgres

/// Of several shippers at once one wins.
@Sendable func claimParcel(_ call: Call) throws -> Response {
  let caller = try call.signedIn()
  let id = try call.id(ParcelKind.self)
  return try call.write { transaction in
    _ = try call.orders.claim(id, by: caller.user, in: transaction)
    return try call.parcelAnswer(id, in: transaction)
  }
}

extension Call {
  /// A parcel as it is after a change of it.
  func parcelAnswer(_ id: ParcelID, in transaction: Transaction) throws -> Response {
    guard let parcel = try ParcelDirectory.find(id, in: transaction) else {
      throw OrderError.noSuchParcel
    }
    return try .data(parcel, version: parcel.parcel.version)
  }

  /// A step of the shipper's with a parcel they have claimed.
  func carryParcel(to status: ParcelStatus) throws -> Response {
    let caller = try signedIn()
    let id = try id(ParcelKind.self)
    let body: CarryParcelRequest = try bodyIfAny()
    return try write { transaction in
      try orders.carry(id, to: status, note: body.note, by: caller.user, in: transaction)
      return try parcelAnswer(id, in: transaction)
    }
  }
}

struct CarryParcelRequest: RequestBody {
  let note: String?

  init(_ fields: inout Fields) { note = fields.optionalText("note", 1...300, .line) }
}
