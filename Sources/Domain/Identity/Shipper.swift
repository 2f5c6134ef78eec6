package import Core
package import HTTP
package import JSON
internal import Postgres

package enum VehicleType: String, CaseIterable, Sendable, Encodable {
  case motorcycle, bicycle, car, van, truck
}

/// A shipper as they see themselves.
package struct Shipper: Encodable, Sendable {
  package let userId: UserID
  package let fullName: String
  package let vehicleType: VehicleType
  package let licensePlate: String
  @ExplicitNull package var vehicleImageUrl: String?
  @ExplicitNull package var identityCardUrl: String?
  package let createdAt: Timestamp
  package let updatedAt: Timestamp
  package let version: Int
  let avatarUrl: String?

  private enum CodingKeys: String, CodingKey {
    case userId, fullName, vehicleType, licensePlate, vehicleImageUrl, identityCardUrl
    case createdAt, updatedAt
  }

  /// In the order of `ShipperStore.columns`.
  init(_ row: inout Row) throws {
    userId = try row.next()
    fullName = try row.next()
    vehicleType = VehicleType(rawValue: try row.next()) ?? .motorcycle
    licensePlate = try row.next()
    _vehicleImageUrl = ExplicitNull(wrappedValue: try row.next())
    _identityCardUrl = ExplicitNull(wrappedValue: try row.next())
    createdAt = try row.next()
    updatedAt = try row.next()
    version = try row.next()
    avatarUrl = try row.next()
  }

  /// What everybody else may see: no identity card.
  package var publicView: PublicShipper {
    PublicShipper(
      userId: userId, fullName: fullName, avatarUrl: avatarUrl, vehicleType: vehicleType,
      licensePlate: licensePlate, vehicleImageUrl: vehicleImageUrl, createdAt: createdAt)
  }
}

package struct PublicShipper: Encodable, Sendable {
  let userId: UserID
  let fullName: String
  @ExplicitNull var avatarUrl: String?
  let vehicleType: VehicleType
  let licensePlate: String
  @ExplicitNull var vehicleImageUrl: String?
  let createdAt: Timestamp
}

package struct ShipperDetails: Sendable {
  package let vehicleType: VehicleType
  package let licensePlate: String
  package let vehicleImageUrl: String?
  package let identityCardUrl: String?

  package init(
    vehicleType: VehicleType, licensePlate: String, vehicleImageUrl: String?,
    identityCardUrl: String?
  ) {
    self.vehicleType = vehicleType
    self.licensePlate = licensePlate
    self.vehicleImageUrl = vehicleImageUrl
    self.identityCardUrl = identityCardUrl
  }
}

package struct ShipperChanges: Sendable {
  package let vehicleType: Change<VehicleType>
  package let licensePlate: Change<String>
  package let vehicleImageUrl: Change<String?>
  package let identityCardUrl: Change<String?>

  package init(
    vehicleType: Change<VehicleType>, licensePlate: Change<String>,
    vehicleImageUrl: Change<String?>, identityCardUrl: Change<String?>
  ) {
    self.vehicleType = vehicleType
    self.licensePlate = licensePlate
    self.vehicleImageUrl = vehicleImageUrl
    self.identityCardUrl = identityCardUrl
  }

  func applied(to shipper: Shipper) -> ShipperDetails {
    ShipperDetails(
      vehicleType: vehicleType.applied(to: shipper.vehicleType),
      licensePlate: licensePlate.applied(to: shipper.licensePlate),
      vehicleImageUrl: vehicleImageUrl.applied(to: shipper.vehicleImageUrl),
      identityCardUrl: identityCardUrl.applied(to: shipper.identityCardUrl))
  }
}
