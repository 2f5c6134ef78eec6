package import Core
package import JSON
package import Postgres

/// A parcel with what its shop or its shipper needs to send it.
package struct ParcelView: Encodable, Sendable {
  package let parcel: Parcel
  package let orderNumber: Int
  package let orderStatus: OrderStatus
  package let shopName: String
  package let address: RawJSON
  package let placedAt: Timestamp
  package let items: [Order.Item]
  /// What is to be paid at the door, where it is paid on delivery.
  package let cash: Money?

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Parcel.CodingKeys.self)
    try parcel.write(to: &container)
    try container.encode(orderNumber, forKey: .orderNumber)
    try container.encode(orderStatus, forKey: .orderStatus)
    try container.encode(shopName, forKey: .shopName)
    try container.encode(address, forKey: .address)
    try container.encode(placedAt, forKey: .placedAt)
    try container.encode(items, forKey: .items)
    try container.encode(cash, forKey: .cash)
  }
}

package enum ParcelDirectory {
  /// What a shop has sold, the newest first. Nil when the shop is not theirs. One more than
  /// `limit`, so that the caller sees whether there are others.
  package static func list(
    of shop: ShopID, _ status: ParcelStatus?, for manager: ShopManager, before: ParcelID?,
    limit: Int, offset: Int, in database: some Querying
  ) throws -> (parcels: [ParcelView], total: Int)? {
    let matches: SQL = "p.shop_id = \(shop) \(isIn(status))"
    let page = page(matches, before, limit, offset)
    let (shops, parcels, items, totals) = try database.read(
      Query(
        """
        SELECT true FROM shops_api.shops AS s
        WHERE s.id = \(shop) AND (\(manager.isAdmin) OR s.owner_id = \(manager.user))
        """
      ) { row in try row.next() as Bool },
      Self.parcels(of: page), Self.items(of: page), count(matches))
    return shops.isEmpty ? nil : (views(parcels, items), totals.first ?? 0)
  }

  /// Which deliveries a shipper wants to see.
  package enum Deliveries: String, CaseIterable, Sendable {
    /// Packed, and nobody's yet.
    case available
    /// Claimed or carried by the shipper.
    case mine
  }

  package static func list(
    _ which: Deliveries, for shipper: UserID, before: ParcelID?, limit: Int, offset: Int,
    at now: Timestamp, in database: some Querying
  ) throws -> (parcels: [ParcelView], total: Int) {
    let (matches, address): (SQL, SQL) =
      switch which {
      case .available: (ParcelStore.isFree(at: now), area)
      case .mine: ("p.shipper_id = \(shipper)", "o.address")
      }
    let page = page(matches, before, limit, offset)
    let (parcels, items, totals) = try database.read(
      Self.parcels(of: page, address), Self.items(of: page), count(matches))
    return (views(parcels, items), totals.first ?? 0)
  }

  package static func find(_ id: ParcelID, in database: some Querying) throws -> ParcelView? {
    let page: SQL = "SELECT p.id FROM orders.parcels AS p WHERE p.id = \(id)"
    let (parcels, items) = try database.read(Self.parcels(of: page), Self.items(of: page))
    return views(parcels, items).first
  }

  private static func page(
    _ matches: SQL, _ before: ParcelID?, _ limit: Int, _ offset: Int
  ) -> SQL {
    """
    SELECT p.id FROM orders.parcels AS p
    WHERE \(matches) \(isBefore(before))
    ORDER BY p.id DESC
    LIMIT \(limit + 1) OFFSET \(offset)
    """
  }

  private static func isIn(_ status: ParcelStatus?) -> SQL {
    if let status { "AND p.status = \(status)" } else { "" }
  }

  private static func isBefore(_ id: ParcelID?) -> SQL {
    if let id { "AND p.id < \(id)" } else { "" }
  }

  private static func count(_ matches: SQL) -> Query<Int> {
    Query.reachable("SELECT 1 FROM orders.parcels AS p WHERE \(matches)")
  }

  private typealias Head = (
    parcel: Parcel, number: Int, status: OrderStatus, shop: String, address: String,
    placedAt: Timestamp, provider: String, paidAt: Timestamp?
  )

  /// What everybody may know who might bring it: not who gets it, nor at which door.
  private static let area: SQL = """
    jsonb_build_object(
      'ward', o.address -> 'ward', 'district', o.address -> 'district',
      'city', o.address -> 'city', 'postcode', o.address -> 'postcode',
      'country', o.address -> 'country')
    """

  private static func parcels(of ids: SQL, _ address: SQL = "o.address") -> Query<Head> {
    Query(
      """
      SELECT \(ParcelStore.columns), o.number, o.status, s.name, (\(address))::text, o.placed_at,
             o.payment_provider, o.paid_at
      FROM orders.parcels AS p
      JOIN orders.orders AS o ON o.id = p.order_id
      JOIN shops_api.shops AS s ON s.id = p.shop_id
      WHERE p.id IN (\(ids))
      ORDER BY p.id DESC
      """
    ) { row in
      (
        try Parcel(&row), try row.next(), try row.next(), try row.next(), try row.next(),
        try row.next(), try row.next(), try row.next()
      )
    }
  }

  private static func items(of ids: SQL) -> Query<(ParcelID, Order.Item)> {
    Query(
      """
      SELECT p.id, \(ItemStore.columns)
      FROM orders.parcels AS p
      JOIN orders.orders AS o ON o.id = p.order_id
      JOIN orders.items AS i ON i.order_id = p.order_id AND i.shop_id = p.shop_id
      WHERE p.id IN (\(ids))
      ORDER BY p.id, i.place
      """
    ) { row in (try row.next(), try Order.Item(&row)) }
  }

  private static func views(_ heads: [Head], _ items: [(ParcelID, Order.Item)]) -> [ParcelView] {
    let items = Dictionary(grouping: items, by: \.0)
    return heads.map { head in
      ParcelView(
        parcel: head.parcel, orderNumber: head.number, orderStatus: head.status,
        shopName: head.shop, address: RawJSON(head.address), placedAt: head.placedAt,
        items: (items[head.parcel.id] ?? []).map(\.1),
        cash: head.provider == "cod" && head.paidAt == nil ? head.parcel.amount : nil)
    }
  }
}
