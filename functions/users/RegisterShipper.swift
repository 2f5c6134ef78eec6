import HTTP
import Identity
import Middleware

@Sendable func registerShipper(_ call: Call) throws -> Response {
  let caller = try call.signedIn()
  let body: RegisterShipperRequest = try call.body()
  return try call.write { transaction in
    let shipper = try call.accounts.registerShipper(
      body.details, user: caller.user, in: transaction)
    return try .created(shipper, at: "/api/v1/users/shippers/profile", version: shipper.version)
  }
}

struct RegisterShipperRequest: RequestBody {
  let details: ShipperDetails

  init(_ fields: inout Fields) {
    details = ShipperDetails(
      vehicleType: fields.choice("vehicle_type", else: .motorcycle),
      licensePlate: fields.text("license_plate", 1...20, .line),
      vehicleImageUrl: fields.optionalText("vehicle_image_url", 8...2048, .webAddress),
      identityCardUrl: fields.optionalText("identity_card_url", 8...2048, .webAddress))
  }
}
