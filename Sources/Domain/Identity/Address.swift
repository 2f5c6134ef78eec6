package import Core
package import HTTP
package import JSON
internal import Postgres

package struct Address: Encodable, Sendable {
  package let id: AddressID
  package var recipient: String
  package var phone: String
  package var street: String
  @ExplicitNull package var ward: String?
  @ExplicitNull package var district: String?
  package var city: String
  @ExplicitNull package var postcode: String?
  package var country: String
  @ExplicitNull package var lat: Double?
  @ExplicitNull package var long: Double?
  package var isDefault: Bool
  package let version: Int

  private enum CodingKeys: String, CodingKey {
    case id, recipient, phone, street, ward, district, city, postcode, country, lat, long
    case isDefault
  }

  package init(
    id: AddressID, recipient: String, phone: String, street: String, ward: String?,
    district: String?, city: String, postcode: String?, country: String, lat: Double?,
    long: Double?, isDefault: Bool
  ) {
    self.id = id
    self.recipient = recipient
    self.phone = phone
    self.street = street
    _ward = ExplicitNull(wrappedValue: ward)
    _district = ExplicitNull(wrappedValue: district)
    self.city = city
    _postcode = ExplicitNull(wrappedValue: postcode)
    self.country = country
    _lat = ExplicitNull(wrappedValue: lat)
    _long = ExplicitNull(wrappedValue: long)
    self.isDefault = isDefault
    version = 1
  }

  /// In the order of `AddressStore.columns`.
  init(_ row: inout Row) throws {
    id = try row.next()
    recipient = try row.next()
    phone = try row.next()
    street = try row.next()
    _ward = ExplicitNull(wrappedValue: try row.next())
    _district = ExplicitNull(wrappedValue: try row.next())
    city = try row.next()
    _postcode = ExplicitNull(wrappedValue: try row.next())
    country = try row.next()
    _lat = ExplicitNull(wrappedValue: try row.next())
    _long = ExplicitNull(wrappedValue: try row.next())
    isDefault = try row.next()
    version = try row.next()
  }
}

/// What a PUT may change about an address.
package struct AddressChanges: Sendable {
  package let recipient: Change<String>
  package let phone: Change<String>
  package let street: Change<String>
  package let ward: Change<String?>
  package let district: Change<String?>
  package let city: Change<String>
  package let postcode: Change<String?>
  package let country: Change<String>
  package let lat: Change<Double?>
  package let long: Change<Double?>
  package let isDefault: Bool?

  package init(
    recipient: Change<String>, phone: Change<String>, street: Change<String>, ward: Change<String?>,
    district: Change<String?>, city: Change<String>, postcode: Change<String?>,
    country: Change<String>, lat: Change<Double?>, long: Change<Double?>, isDefault: Bool?
  ) {
    self.recipient = recipient
    self.phone = phone
    self.street = street
    self.ward = ward
    self.district = district
    self.city = city
    self.postcode = postcode
    self.country = country
    self.lat = lat
    self.long = long
    self.isDefault = isDefault
  }

  func applied(to address: Address) -> Address {
    var changed = address
    changed.recipient = recipient.applied(to: address.recipient)
    changed.phone = phone.applied(to: address.phone)
    changed.street = street.applied(to: address.street)
    changed.ward = ward.applied(to: address.ward)
    changed.district = district.applied(to: address.district)
    changed.city = city.applied(to: address.city)
    changed.postcode = postcode.applied(to: address.postcode)
    changed.country = country.applied(to: address.country)
    changed.lat = lat.applied(to: address.lat)
    changed.long = long.applied(to: address.long)
    return changed
  }
}
