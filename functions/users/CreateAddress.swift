import Core
import HTTP
import Identity
import Middleware

@Sendable func createAddress(_ call: Call) throws -> Response {
  let caller = try call.signedIn()
  let body: CreateAddressRequest = try call.body()
  let accounts = call.accounts
  return try call.write { transaction in
    let address = try accounts.createAddress(
      body.address(accounts.newAddressID()), of: caller.user, in: transaction)
    return try .created(
      address, at: "/api/v1/users/addresses/\(address.id)", version: address.version)
  }
}

struct CreateAddressRequest: RequestBody {
  let address: (AddressID) -> Address

  init(_ fields: inout Fields) {
    let recipient = fields.text("recipient", 1...100, .line)
    let phone = fields.text("phone", 6...20, .phone)
    let street = fields.text("street", 1...200, .line)
    let ward = fields.optionalText("ward", 0...100, .blankableLine)
    let district = fields.optionalText("district", 0...100, .blankableLine)
    let city = fields.text("city", 1...100, .line)
    let postcode = fields.optionalText("postcode", 0...20, .blankableLine)
    let country = fields.text("country", 2...2, .country)
    let lat = fields.optionalDegrees("lat", within: 90)
    let long = fields.optionalDegrees("long", within: 180)
    let isPlaceReadable = !fields.violations.contains { ["lat", "long"].contains($0.field) }
    if isPlaceReadable, (lat == nil) != (long == nil) {
      fields.refuse("lat", "incomplete_place", "Give both lat and long, or neither.")
    }
    let isDefault = fields.optionalFlag("is_default") ?? false
    address = { id in
      Address(
        id: id, recipient: recipient, phone: phone, street: street, ward: ward, district: district,
        city: city, postcode: postcode, country: country, lat: lat, long: long,
        isDefault: isDefault)
    }
  }
}
