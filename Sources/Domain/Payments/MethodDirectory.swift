package import Core
package import Postgres

/// What Payments publish of saved methods.
package enum MethodDirectory {
  /// Who the method is for. No row for one that is not theirs; not asked where none is named.
  package static func provider(
    of method: PaymentMethodID?, for user: UserID
  ) -> Query<ProviderName> {
    provider(of: method, for: user, in: "payments_api.methods")
  }

  /// The same of the table, for Payments themselves.
  static func provider(
    of method: PaymentMethodID?, for user: UserID, in methods: SQL
  ) -> Query<ProviderName> {
    Query(
      """
      SELECT m.provider FROM \(methods) AS m
      WHERE m.id = \(method) AND m.user_id = \(user)
      """
    ) { row in try row.next() }.when(method != nil)
  }
}

extension ProviderName {
  /// Throws a 422 where a method was named that is not theirs, or that another provider is to be
  /// paid with. `found` is what the directory knows of it; `field` as in `payment.`.
  package func check(
    _ method: PaymentMethodID?, found: [ProviderName], field: String = ""
  ) throws(PaymentError) {
    guard method != nil else { return }
    let field = "\(field)payment_method_id"
    guard let owner = found.first else { throw .noSuchSavedMethod(field: field) }
    guard owner == self else { throw .methodOfAnotherProvider(field: field) }
  }
}
