package import Core
package import Postgres

package enum GuestCartStore {
  /// Removes carts of guests who have not come back. Returns how many.
  package static func forget(
    expiredBefore time: Timestamp, limit: Int, in database: some Querying
  ) throws -> Int {
    try database.first("SELECT cart_api.forget_guest_carts(\(time), \(limit)::integer)") { row in
      try row.next()
    } ?? 0
  }
}
