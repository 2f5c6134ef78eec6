package import Core
package import Postgres

package enum ShipperStore {
  /// The version is the user's, whose name and picture are among what is shown.
  private static let columns: SQL = """
    s.user_id, u.full_name, s.vehicle_type, s.license_plate, s.vehicle_image_url,
    s.identity_card_url, s.created_at, s.updated_at, u.version, u.avatar_url
    """

  package static func find(_ user: UserID, in database: some Querying) throws -> Shipper? {
    try database.first(
      """
      SELECT \(columns) FROM identity.shippers AS s
      JOIN identity.users AS u ON u.id = s.user_id
      WHERE s.user_id = \(user) AND u.status = 'active'
      """
    ) { row in try Shipper(&row) }
  }

  /// False when the user is a shipper already.
  static func insert(
    _ details: ShipperDetails, of user: UserID, at now: Timestamp, in transaction: Transaction
  ) throws -> Bool {
    try transaction.execute(
      """
      INSERT INTO identity.shippers
        (user_id, vehicle_type, license_plate, vehicle_image_url, identity_card_url, created_at,
         updated_at)
      VALUES
        (\(user), \(details.vehicleType.rawValue), \(details.licensePlate),
         \(details.vehicleImageUrl), \(details.identityCardUrl), \(now), \(now))
      ON CONFLICT ON CONSTRAINT shippers_pkey DO NOTHING
      """) == 1
  }

  static func update(
    _ details: ShipperDetails, of user: UserID, at now: Timestamp, in transaction: Transaction
  ) {
    transaction.enqueue(
      """
      UPDATE identity.shippers
      SET vehicle_type = \(details.vehicleType.rawValue), license_plate = \(details.licensePlate),
          vehicle_image_url = \(details.vehicleImageUrl),
          identity_card_url = \(details.identityCardUrl), updated_at = \(now)
      WHERE user_id = \(user)
      """)
    transaction.enqueue("UPDATE identity.users SET version = version + 1 WHERE id = \(user)")
  }

  static func delete(_ user: UserID, in transaction: Transaction) throws -> Bool {
    try transaction.execute("DELETE FROM identity.shippers WHERE user_id = \(user)") == 1
  }
}
