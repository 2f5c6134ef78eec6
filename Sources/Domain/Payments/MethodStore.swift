package import Core
package import Postgres

package enum MethodStore {
  /// Whoever changes somebody's methods takes turns: at most one of them is the default, and
  /// there are at most so many.
  static func takeTurn(of user: UserID, in transaction: Transaction) {
    transaction.takeTurn("methods \(user)")
  }

  /// The oldest first.
  package static func list(of user: UserID) -> Query<PaymentMethod> {
    Query(
      """
      SELECT \(PaymentMethod.columns) FROM payments.methods AS m
      WHERE m.user_id = \(user)
      ORDER BY m.id
      """
    ) { row in try PaymentMethod(&row) }
  }

  static func provider(of method: PaymentMethodID?, for user: UserID) -> Query<ProviderName> {
    MethodDirectory.provider(of: method, for: user, in: "payments.methods")
  }

  static func insert(
    _ draft: MethodDraft, _ id: PaymentMethodID, isDefault: Bool, for user: UserID,
    at now: Timestamp, in transaction: Transaction
  ) throws {
    try transaction.execute(
      """
      INSERT INTO payments.methods
        (id, user_id, provider, token, brand, last4, exp_month, exp_year, label, is_default,
         created_at, updated_at)
      VALUES
        (\(id), \(user), \(draft.provider), \(draft.token), \(draft.brand), \(draft.last4),
         \(draft.expMonth), \(draft.expYear), \(draft.label), \(isDefault), \(now), \(now))
      """, meaning: ["methods_token_unique": PaymentError.methodExists])
  }

  static func update(
    _ id: PaymentMethodID, label: String?, month: Int?, year: Int?, at now: Timestamp,
    in transaction: Transaction
  ) {
    transaction.enqueue(
      """
      UPDATE payments.methods SET label = \(label), exp_month = \(month), exp_year = \(year),
        version = version + 1, updated_at = \(now)
      WHERE id = \(id)
      """)
  }

  static func clearDefault(of user: UserID, at now: Timestamp, in transaction: Transaction) {
    transaction.enqueue(
      """
      UPDATE payments.methods
      SET is_default = false, version = version + 1, updated_at = \(now)
      WHERE user_id = \(user) AND is_default
      """)
  }

  static func setDefault(
    _ id: PaymentMethodID, at now: Timestamp, in transaction: Transaction
  ) {
    transaction.enqueue(
      """
      UPDATE payments.methods
      SET is_default = true, version = version + 1, updated_at = \(now)
      WHERE id = \(id)
      """)
  }

  static func delete(_ id: PaymentMethodID, in transaction: Transaction) {
    transaction.enqueue("DELETE FROM payments.methods WHERE id = \(id)")
  }
}
