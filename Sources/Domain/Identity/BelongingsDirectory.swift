internal import Core
internal import Postgres

/// What others publish of what somebody would leave behind.
enum BelongingsDirectory {
  /// A row where there is money in a wallet of theirs.
  static func money(of user: UserID) -> Query<Bool> {
    Query(
      """
      SELECT true FROM payments_api.wallets AS w
      WHERE w.user_id = \(user) AND w.balance > 0 LIMIT 1
      """
    ) { row in try row.next() }
  }

  /// A row where a shop of theirs may still sell, or be opened again.
  static func shops(of user: UserID) -> Query<Bool> {
    Query(
      """
      SELECT true FROM shops_api.shops AS s
      WHERE s.owner_id = \(user) AND s.status NOT IN ('archived', 'banned') LIMIT 1
      """
    ) { row in try row.next() }
  }
}
