import HTTP
import Identity
import Middleware

/// What is left out stays as it is; null clears.
@Sendable func updateShipperProfile(_ call: Call) throws -> Response {
  let caller = try call.signedIn()
  let body: UpdateShipperRequest = try call.body()
  return try call.write { transaction in
    let shipper = try call.accounts.updateShipper(
      caller.user, body.changes, check: call.requireMatch, in: transaction)
    return try .data(shipper, version: shipper.version)
  }
}

struct UpdateShipperRequest: RequestBody {
  let changes: ShipperChanges

  init(_ fields: inout Fields) {
    changes = ShipperChanges(
      vehicleType: fields.change("vehicle_type") { $0.choice($1, else: .motorcycle) },
      licensePlate: fields.change("license_plate") { $0.text($1, 1...20, .line) },
      vehicleImageUrl: fields.change("vehicle_image_url") {
        $0.optionalText($1, 8...2048, .webAddress)
      },
      identityCardUrl: fields.change("identity_card_url") {
        $0.optionalText($1, 8...2048, .webAddress)
      })
  }
}
