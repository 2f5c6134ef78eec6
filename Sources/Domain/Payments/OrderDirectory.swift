internal import Core
internal import Postgres

/// What orders publish.
enum OrderDirectory {
  /// No row for the order of somebody else.
  static func find(_ order: OrderID, of customer: UserID) -> Query<OrderToPay> {
    Query(
      """
      SELECT o.id, o.total, o.currency, o.status, o.payment_provider, o.expires_at,
             o.hold_id
      FROM orders_api.orders AS o
      WHERE o.id = \(order) AND o.customer_id = \(customer)
      """
    ) { row in
      OrderToPay(
        id: try row.next(), total: Money(try row.next(), try row.next()), status: try row.next(),
        provider: try row.next(), expiresAt: try row.next(), hold: try row.next())
    }
  }

  /// For the payment that the order's checkout has not opened yet. It waits for one that is just
  /// being opened: whoever looks for a payment after it sees that one.
  static func remember(
    returnURL: String, for order: OrderID, of customer: UserID, in transaction: Transaction
  ) {
    transaction.enqueue(
      "SELECT orders_api.remember_return_url(\(order), \(customer), \(returnURL))")
  }

  struct Share {
    let parcel: ParcelID
    let amount: Int
  }

  /// The parcels of a payment's order that they manage, and what each cost.
  static func shares(of payment: PaymentID, for manager: ShopManager) -> Query<Share> {
    Query(
      """
      SELECT c.id, c.amount
      FROM payments.payments AS p
      JOIN orders_api.parcels AS c ON c.order_id = p.order_id
      JOIN shops_api.shops AS s ON s.id = c.shop_id
      WHERE p.id = \(payment) AND (\(manager.isAdmin) OR s.owner_id = \(manager.user))
      ORDER BY c.id
      """
    ) { row in Share(parcel: try row.next(), amount: try row.next()) }
  }
}
