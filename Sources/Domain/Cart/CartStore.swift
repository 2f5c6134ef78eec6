package import Core
package import Postgres

package enum CartStore {
  // MARK: Reading, as parts of one round trip

  /// A condition on `cart.carts AS c`.
  private static func isOf(_ owner: CartOwner, at now: Timestamp) -> SQL {
    switch owner {
    case .user(let user): "c.user_id = \(user)"
    case .guest(let token): "c.token_hash = \(token.hash) AND c.expires_at > \(now)"
    case .stranger: "false"
    }
  }

  /// A use keeps a guest's cart alive, which is written once a day. A cart that somebody is
  /// changing is kept alive by that.
  package static func prolong(_ owner: CartOwner, at now: Timestamp) -> Query<Never> {
    Query(
      """
      UPDATE cart.carts SET expires_at = \(now + Carts.guestLifetime)
      WHERE id IN (
        SELECT c.id FROM cart.carts AS c
        WHERE \(isOf(owner, at: now)) AND c.expires_at < \(now + Carts.guestLifetime - .days(1))
        FOR UPDATE SKIP LOCKED
      )
      """
    ) { _ in throw PostgresError(.badColumn, "an update without RETURNING gave a row") }
  }

  package static func find(_ owner: CartOwner, at now: Timestamp)
    -> Query<(id: CartID, version: Int)>
  {
    Query("SELECT c.id, c.version FROM cart.carts AS c WHERE \(isOf(owner, at: now))") { row in
      (try row.next(), try row.next())
    }
  }

  /// A name that is still the same is not sent twice.
  package static func lines(of owner: CartOwner, at now: Timestamp) -> Query<CartLine> {
    Query(
      """
      SELECT i.id, i.variant_id, i.product_id, i.shop_id, i.quantity,
             i.added_name, i.added_price, i.added_currency, NULLIF(s.product_name, i.added_name),
             COALESCE(s.price, i.added_price), COALESCE(s.currency, i.added_currency), s.image,
             COALESCE(s.sellable, false), COALESCE(a.available, 0), s.category_id
      FROM cart.carts AS c
      JOIN cart.items AS i ON i.cart_id = c.id
      LEFT JOIN catalog_api.sellable AS s ON s.variant_id = i.variant_id
      LEFT JOIN inventory_api.availability AS a ON a.variant_id = i.variant_id
      WHERE \(isOf(owner, at: now))
      ORDER BY i.place
      """
    ) { row in try CartLine(&row) }
  }

  package static func codes(of owner: CartOwner, at now: Timestamp) -> Query<String> {
    Query(
      """
      SELECT k.code FROM cart.carts AS c JOIN cart.codes AS k ON k.cart_id = c.id
      WHERE \(isOf(owner, at: now))
      ORDER BY k.added_at, k.code_key
      """
    ) { row in try row.next() }
  }

  /// Statements of one column for who must know which shops and codes a cart has.
  package static func shopIDs(of owner: CartOwner, at now: Timestamp) -> SQL {
    """
    SELECT DISTINCT i.shop_id FROM cart.carts AS c JOIN cart.items AS i ON i.cart_id = c.id
    WHERE \(isOf(owner, at: now))
    """
  }

  package static func codeKeys(of owner: CartOwner, at now: Timestamp) -> SQL {
    """
    SELECT k.code_key FROM cart.carts AS c JOIN cart.codes AS k ON k.cart_id = c.id
    WHERE \(isOf(owner, at: now))
    """
  }

  /// A statement that gives the id of the cart.
  static func ids(of owner: CartOwner, at now: Timestamp) -> SQL {
    "SELECT c.id FROM cart.carts AS c WHERE \(isOf(owner, at: now))"
  }

  // MARK: Locking

  /// The cart's row stands for all of it: whoever holds it changes the cart alone. The version it
  /// gives is that before the change.
  static func lock(_ owner: CartOwner, at now: Timestamp) -> Query<(id: CartID, version: Int)> {
    Query("SELECT c.id, c.version FROM cart.carts AS c WHERE \(isOf(owner, at: now)) FOR UPDATE") {
      row in (try row.next(), try row.next())
    }
  }

  /// A user's cart is made when it is first needed, by one of those who need it at the same time.
  static func makeSure(
    of user: UserID, _ id: CartID, at now: Timestamp, in transaction: Transaction
  ) {
    transaction.enqueue(
      """
      INSERT INTO cart.carts (id, user_id, created_at, updated_at)
      VALUES (\(id), \(user), \(now), \(now))
      ON CONFLICT ON CONSTRAINT carts_user_unique DO NOTHING
      """)
  }

  static func insert(
    _ id: CartID, of token: CartToken, at now: Timestamp, in transaction: Transaction
  ) {
    transaction.enqueue(
      """
      INSERT INTO cart.carts (id, token_hash, created_at, updated_at, expires_at)
      VALUES (\(id), \(token.hash), \(now), \(now), \(now + Carts.guestLifetime))
      """)
  }

  static func touch(_ id: CartID, at now: Timestamp, in transaction: Transaction) {
    transaction.enqueue(
      """
      UPDATE cart.carts AS c
      SET version = c.version + 1, updated_at = \(now),
          expires_at = CASE WHEN c.token_hash IS NOT NULL
                       THEN \(now + Carts.guestLifetime)::timestamptz END
      WHERE c.id = \(id)
      """)
  }

  static func clear(_ id: CartID, in transaction: Transaction) {
    transaction.enqueue("DELETE FROM cart.items WHERE cart_id = \(id)")
    transaction.enqueue("DELETE FROM cart.codes WHERE cart_id = \(id)")
  }

  // MARK: Codes

  static func add(_ code: String, to id: CartID, at now: Timestamp, in transaction: Transaction) {
    transaction.enqueue(
      """
      INSERT INTO cart.codes (cart_id, code, added_at) VALUES (\(id), \(code), \(now))
      ON CONFLICT ON CONSTRAINT codes_pkey DO NOTHING
      """)
  }

  static func remove(_ code: String, from id: CartID, in transaction: Transaction) throws -> Bool {
    try transaction.execute(
      "DELETE FROM cart.codes WHERE cart_id = \(id) AND code_key = lower(\(code))") > 0
  }

  // MARK: Logging in

  static func merge(
    _ token: CartToken, into user: UserID, newID: CartID, at now: Timestamp,
    in transaction: Transaction
  ) {
    transaction.enqueue("SELECT cart_api.merge(\(token.hash), \(user), \(newID), \(now))")
  }
}

/// What an order took out of a cart.
struct TakenOut: LateRow {
  let bought: [Carts.Bought]
  let codes: [String]
  let user: UserID
  let at: Timestamp

  static func statements(_ rows: [TakenOut]) -> [SQL] {
    rows.map { row in
      """
      SELECT cart_api.bought(
        \(row.user), \(row.bought.map(\.variant)), \(row.bought.map(\.quantity))::integer[],
        \(row.codes.map { $0.lowercased() })::text[], \(row.at))
      """
    }
  }
}
