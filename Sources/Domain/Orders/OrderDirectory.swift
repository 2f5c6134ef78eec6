package import Core
package import Postgres

/// What is read about orders.
package enum OrderDirectory {
  /// How an order is named in a path.
  package enum Name: Sendable {
    case id(OrderID)
    case number(Int)

    package init?(_ text: String) {
      if let id = OrderID(text) {
        self = .id(id)
      } else if let number = Int(text), number > 0 {
        self = .number(number)
      } else {
        return nil
      }
    }
  }

  /// Which orders a customer, or an administrator, wants to see.
  package struct Filter: Sendable {
    package let status: OrderStatus?
    package let from: Timestamp?
    package let until: Timestamp?

    package init(status: OrderStatus?, from: Timestamp?, until: Timestamp?) {
      self.status = status
      self.from = from
      self.until = until
    }
  }

  package static func find(
    _ name: Name, for reader: Actor, in database: some Querying
  ) throws -> OrderView? {
    try views(of: id(of: name, for: reader), in: database).first
  }

  /// No row when the order is not theirs to see.
  static func id(of name: Name, for reader: Actor) -> SQL {
    let isIt: SQL =
      switch name {
      case .id(let id): "o.id = \(id)"
      case .number(let number): "o.number = \(number)"
      }
    return """
      SELECT o.id FROM orders.orders AS o
      WHERE \(isIt) AND (\(reader.isAdmin) OR o.customer_id = \(reader.user))
      """
  }

  /// The newest first. One more than `limit`, so that the caller sees whether there are others.
  package static func list(
    of customer: UserID, _ filter: Filter, before: OrderID?, limit: Int, offset: Int,
    in database: some Querying
  ) throws -> (orders: [OrderView], total: Int) {
    let matches: SQL = "o.customer_id = \(customer) \(conditions(filter))"
    let page: SQL = """
      SELECT o.id FROM orders.orders AS o
      WHERE \(matches) \(isBefore(before))
      ORDER BY o.id DESC
      LIMIT \(limit + 1) OFFSET \(offset)
      """
    let (orders, items, parcels, payments, totals) = try database.read(
      Self.orders(of: page), Self.items(of: page), Self.parcels(of: page), Self.payments(of: page),
      Query.reachable("SELECT 1 FROM orders.orders AS o WHERE \(matches)"))
    return (views(orders, items, parcels, payments), totals.first ?? 0)
  }

  /// Conditions of their own where something was asked for: an index can begin there.
  private static func conditions(_ filter: Filter) -> SQL {
    var sql: SQL = ""
    if let status = filter.status { sql = "\(sql) AND o.status = \(status)" }
    if let from = filter.from { sql = "\(sql) AND o.placed_at >= \(from)" }
    if let until = filter.until { sql = "\(sql) AND o.placed_at < \(until)" }
    return sql
  }

  private static func isBefore(_ id: OrderID?) -> SQL {
    if let id { "AND o.id < \(id)" } else { "" }
  }

  // MARK: An order is read in four pieces, together

  private static func views(of ids: SQL, in database: some Querying) throws -> [OrderView] {
    let (orders, items, parcels, payments) = try database.read(
      Self.orders(of: ids), Self.items(of: ids), Self.parcels(of: ids), Self.payments(of: ids))
    return views(orders, items, parcels, payments)
  }

  private static func orders(of ids: SQL) -> Query<Order> {
    Query(
      """
      SELECT \(OrderStore.columns) FROM orders.orders AS o
      WHERE o.id IN (\(ids)) ORDER BY o.id DESC
      """
    ) { row in try Order(&row) }
  }

  private static func items(of ids: SQL) -> Query<(OrderID, Order.Item)> {
    Query(
      """
      SELECT i.order_id, \(ItemStore.columns)
      FROM orders.items AS i JOIN orders.orders AS o ON o.id = i.order_id
      WHERE i.order_id IN (\(ids))
      ORDER BY i.order_id, i.place
      """
    ) { row in (try row.next(), try Order.Item(&row)) }
  }

  private static func parcels(of ids: SQL) -> Query<Parcel> {
    Query(
      """
      SELECT \(ParcelStore.columns) FROM orders.parcels AS p
      WHERE p.order_id IN (\(ids)) ORDER BY p.id
      """
    ) { row in try Parcel(&row) }
  }

  private static func payments(of ids: SQL) -> Query<(OrderID, PaymentView)> {
    Query(
      """
      SELECT DISTINCT ON (y.order_id)
        y.order_id, y.id, y.provider, y.method, y.status, y.amount, y.currency, y.redirect_url,
        y.client_secret, y.qr_code_url, y.expires_at
      FROM payments_api.payments AS y
      WHERE y.order_id IN (\(ids))
      ORDER BY y.order_id, y.id DESC
      """
    ) { row in (try row.next(), try PaymentView(&row)) }
  }

  private static func views(
    _ orders: [Order], _ items: [(OrderID, Order.Item)], _ parcels: [Parcel],
    _ payments: [(OrderID, PaymentView)]
  ) -> [OrderView] {
    let items = Dictionary(grouping: items, by: \.0)
    let parcels = Dictionary(grouping: parcels, by: \.order)
    let payments = Dictionary(payments, uniquingKeysWith: { first, _ in first })
    return orders.map { order in
      OrderView(
        order: order, items: (items[order.id] ?? []).map(\.1), parcels: parcels[order.id] ?? [],
        payment: payments[order.id])
    }
  }
}
