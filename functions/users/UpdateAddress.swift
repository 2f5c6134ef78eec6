import Core
import HTTP
import Identity
import Middleware

/// What is left out stays as it is; null clears.
@Sendable func updateAddress(_ call: Call) throws -> Response {
  let caller = try call.signedIn()
  let id = try call.id(AddressKind.self)
  let body: UpdateAddressRequest = try call.body()
  return try call.write { transaction in
    let address = try call.accounts.updateAddress(
      id, of: caller.user, body.changes, check: call.requireMatch, in: transaction)
    return try .data(address, version: address.version)
  }
}

struct UpdateAddressRequest: RequestBody {
  let changes: AddressChanges

  init(_ fields: inout Fields) {
    changes = AddressChanges(
      recipient: fields.change("recipient") { $0.text($1, 1...100, .line) },
      phone: fields.change("phone") { $0.text($1, 6...20, .phone) },
      street: fields.change("street") { $0.text($1, 1...200, .line) },
      ward: fields.change("ward") { $0.optionalText($1, 0...100, .blankableLine) },
      district: fields.change("district") { $0.optionalText($1, 0...100, .blankableLine) },
      city: fields.change("city") { $0.text($1, 1...100, .line) },
      postcode: fields.change("postcode") { $0.optionalText($1, 0...20, .blankableLine) },
      country: fields.change("country") { $0.text($1, 2...2, .country) },
      lat: fields.change("lat") { $0.optionalDegrees($1, within: 90) },
      long: fields.change("long") { $0.optionalDegrees($1, within: 180) },
      isDefault: fields.optionalFlag("is_default"))
    if changes.lat.isGiven != changes.long.isGiven {
      fields.refuse("lat", "incomplete_place", "Give both lat and long, or neither.")
    }
  }
}
