import Core
import HTTP
import Identity
import Middleware

/// A shipper by their user id, without the identity card.
@Sendable func getShipper(_ call: Call) throws -> Response {
  guard let shipper = try ShipperStore.find(try call.id(UserKind.self), in: call.database) else {
    throw IdentityError.noSuchShipper
  }
  return try .data(shipper.publicView, version: shipper.version)
}
