package import Core
package import Postgres

/// Who reads: customers their own, administrators all.
package struct PaymentReader: Sendable {
  let user: UserID
  let isAdmin: Bool
  let now: Timestamp

  package init(_ user: UserID, isAdmin: Bool, now: Timestamp) {
    self.user = user
    self.isAdmin = isAdmin
    self.now = now
  }
}

/// What is read about payments.
package enum PaymentDirectory {
  /// How a payment is named in a path.
  package enum Name: Sendable {
    case id(PaymentID)
    case number(Int)
    /// The one that counts for an order.
    case order(OrderID)

    package init?(_ text: String) {
      if let id = PaymentID(text) {
        self = .id(id)
      } else if let number = Int(text), number > 0 {
        self = .number(number)
      } else {
        return nil
      }
    }
  }

  package static func find(
    _ name: Name, for reader: PaymentReader, in database: some Querying
  ) throws -> PaymentRecord? {
    try database.read(query(name, for: reader)).first
  }

  static func query(_ name: Name, for reader: PaymentReader) -> Query<PaymentRecord> {
    let isIt: SQL =
      switch name {
      case .id(let id): "p.id = \(id)"
      case .number(let number): "p.number = \(number)"
      case .order(let order): "p.order_id = \(order)"
      }
    return Query(
      """
      SELECT \(PaymentRecord.columns) FROM payments.payments AS p
      WHERE \(isIt) AND (\(reader.isAdmin) OR p.customer_id = \(reader.user))
      ORDER BY p.abandoned_at IS NOT NULL, p.id DESC
      LIMIT 1
      """
    ) { row in try PaymentRecord(&row, at: reader.now) }
  }

  /// A customer's own, the newest first. One more than `limit`, so that the caller sees whether
  /// there are others. The total stops at what can be reached by pages.
  package static func list(
    for reader: PaymentReader, _ status: Payment.Status?, before: PaymentID?, limit: Int,
    offset: Int, in database: some Querying
  ) throws -> (payments: [PaymentRecord], total: Int) {
    var matches: SQL = "p.customer_id = \(reader.user)"
    if let status { matches = "\(matches) AND p.status = \(status)" }
    let isBefore: SQL = before.map { "AND p.id < \($0)" } ?? ""
    let (payments, totals) = try database.read(
      Query(
        """
        SELECT \(PaymentRecord.columns) FROM payments.payments AS p
        WHERE \(matches) \(isBefore)
        ORDER BY p.id DESC
        LIMIT \(limit + 1) OFFSET \(offset)
        """
      ) { row in try PaymentRecord(&row, at: reader.now) },
      Query.reachable("SELECT 1 FROM payments.payments AS p WHERE \(matches)"))
    return (payments, totals.first ?? 0)
  }
}
