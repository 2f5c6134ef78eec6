import Core
import JSON
import KitTesting
import Postgres
import Testing
import souk

extension OrderScene {
  /// On hand and reserved of the first variant.
  func stock() throws -> String {
    try bazaar.stack.look().first(
      """
      SELECT s.on_hand || ' ' || s.reserved FROM inventory.stock AS s
      WHERE s.variant_id = \(goods.variants[0])
      """
    ) { row in try row.next() } ?? "?"
  }

  func statusInDatabase(_ order: OrderID) throws -> String {
    try bazaar.stack.look().first("SELECT o.status FROM orders.orders AS o WHERE o.id = \(order)") {
      row in try row.next()
    } ?? "?"
  }

  /// A tenth off everything of the shop, with this code, so often.
  func promotion(code: String, limit: Int) throws -> UUID {
    let id = IDSource().uuid()
    try bazaar.stack.look().execute(
      """
      INSERT INTO promotions.promotions
        (id, shop_id, name, type, value, code, total_limit, starts_at, ends_at, status, created_at,
         updated_at)
      VALUES (\(id), \(shop), 'Ten', 'percentage', 1000, \(code), \(limit),
              now() - interval '1 day', now() + interval '1 day', 'active', now(), now())
      """)
    return id
  }

  func checkInvariants() throws {
    #expect(try BooksStore.broken(bazaar.stack.look()) == [])
  }
}
