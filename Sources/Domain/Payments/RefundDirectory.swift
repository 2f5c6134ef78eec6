package import Core
package import JSON
package import Postgres

/// A refund as people read it.
package struct RefundRecord: Encodable, Sendable {
  package let id: RefundID
  package let paymentId: PaymentID
  @ExplicitNull package var parcelId: ParcelID?
  package let amount: Money
  package let reason: String
  package let status: Refund.Status
  package let createdAt: Timestamp
  @ExplicitNull package var settledAt: Timestamp?

  static let columns: SQL = """
    r.id, r.payment_id, r.parcel_id, r.amount, r.currency, r.reason, r.status, r.created_at,
    r.settled_at
    """

  /// In the order of `columns`.
  init(_ row: inout Row) throws {
    id = try row.next()
    paymentId = try row.next()
    _parcelId = ExplicitNull(wrappedValue: try row.next())
    amount = Money(try row.next(), try row.next())
    reason = try row.next()
    status = try row.next()
    createdAt = try row.next()
    _settledAt = ExplicitNull(wrappedValue: try row.next())
  }
}

package enum RefundDirectory {
  static func find(_ id: RefundID) -> Query<RefundRecord> {
    Query("SELECT \(RefundRecord.columns) FROM payments.refunds AS r WHERE r.id = \(id)") { row in
      try RefundRecord(&row)
    }
  }

  /// Administrators see all refunds of a payment, sellers those for their own parcels. Nil where
  /// nothing of the payment is theirs. A payment has few of them: the list is never cut.
  package static func list(
    of payment: PaymentID, for manager: ShopManager, in database: some Querying
  ) throws -> [RefundRecord]? {
    let (shares, payments, refunds) = try database.read(
      OrderDirectory.shares(of: payment, for: manager),
      Query("SELECT true FROM payments.payments AS p WHERE p.id = \(payment)") { row in
        try row.next() as Bool
      },
      Query(
        """
        SELECT \(RefundRecord.columns) FROM payments.refunds AS r
        WHERE r.payment_id = \(payment)
        ORDER BY r.id
        LIMIT 1000
        """
      ) { row in try RefundRecord(&row) })
    guard !payments.isEmpty else { return nil }
    if manager.isAdmin { return refunds }
    let own = Set(shares.map(\.parcel))
    return own.isEmpty ? nil : refunds.filter { $0.parcelId.map(own.contains) ?? false }
  }
}
