import HTTP
import Identity
import Middleware

@Sendable func getShipperProfile(_ call: Call) throws -> Response {
  guard let shipper = try ShipperStore.find(try call.signedIn().user, in: call.database) else {
    throw IdentityError.noSuchShipper
  }
  return try .data(shipper, version: shipper.version)
}
