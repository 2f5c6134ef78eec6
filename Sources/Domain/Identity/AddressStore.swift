package import Core
package import Postgres

package enum AddressStore {
  static let columns: SQL = """
    a.id, a.recipient, a.phone, a.street, a.ward, a.district, a.city, a.postcode, a.country,
    a.lat, a.long, a.is_default, a.version
    """

  package static func list(of user: UserID, in database: some Querying) throws -> [Address] {
    try database.query(
      """
      SELECT \(columns) FROM identity.addresses AS a
      WHERE a.user_id = \(user)
      ORDER BY a.is_default DESC, a.created_at DESC, a.id DESC
      """
    ) { row in try Address(&row) }
  }

  package static func find(_ id: AddressID, of user: UserID, in database: some Querying) throws
    -> Address?
  {
    try database.first(
      """
      SELECT \(columns) FROM identity.addresses AS a
      WHERE a.id = \(id) AND a.user_id = \(user)
      """
    ) { row in try Address(&row) }
  }

  /// The user's row stands for the set of their addresses: whoever holds it changes the set alone.
  /// Returns how many there are, or nil when the user is gone.
  static func lockAll(of user: UserID, in transaction: Transaction) throws -> Int? {
    // One round trip, and still in turn: the second statement sees what the first waited for.
    let (users, counts) = try transaction.read(
      Query("SELECT true FROM identity.users WHERE id = \(user) AND status = 'active' FOR UPDATE") {
        row in try row.next() as Bool
      },
      Query("SELECT count(*) FROM identity.addresses WHERE user_id = \(user)") { row in
        try row.next() as Int
      })
    return users.isEmpty ? nil : counts.first
  }

  static func insert(
    _ address: Address, of user: UserID, at now: Timestamp, in transaction: Transaction
  ) throws -> Address? {
    try transaction.first(
      """
      INSERT INTO identity.addresses AS a
        (id, user_id, recipient, phone, street, ward, district, city, postcode, country, lat, long,
         is_default, created_at, updated_at)
      VALUES
        (\(address.id), \(user), \(address.recipient), \(address.phone), \(address.street),
         \(address.ward), \(address.district), \(address.city), \(address.postcode),
         \(address.country), \(address.lat), \(address.long), \(address.isDefault), \(now), \(now))
      RETURNING \(columns)
      """
    ) { row in try Address(&row) }
  }

  static func update(_ address: Address, at now: Timestamp, in transaction: Transaction) throws
    -> Address?
  {
    try transaction.first(
      """
      UPDATE identity.addresses AS a
      SET recipient = \(address.recipient), phone = \(address.phone), street = \(address.street),
          ward = \(address.ward), district = \(address.district), city = \(address.city),
          postcode = \(address.postcode), country = \(address.country), lat = \(address.lat),
          long = \(address.long), is_default = \(address.isDefault), version = a.version + 1,
          updated_at = \(now)
      WHERE a.id = \(address.id)
      RETURNING \(columns)
      """
    ) { row in try Address(&row) }
  }

  static func delete(_ id: AddressID, in transaction: Transaction) {
    transaction.enqueue("DELETE FROM identity.addresses WHERE id = \(id)")
  }

  static func clearDefault(of user: UserID, at now: Timestamp, in transaction: Transaction) {
    transaction.enqueue(
      """
      UPDATE identity.addresses SET is_default = false, version = version + 1, updated_at = \(now)
      WHERE user_id = \(user) AND is_default
      """)
  }

  static func makeNewestDefault(of user: UserID, at now: Timestamp, in transaction: Transaction) {
    transaction.enqueue(
      """
      UPDATE identity.addresses SET is_default = true, version = version + 1, updated_at = \(now)
      WHERE id = (
        SELECT id FROM identity.addresses WHERE user_id = \(user)
        ORDER BY created_at DESC, id DESC LIMIT 1
      )
      """)
  }
}
