import Core
import Events
import JSON
import KitTesting
import Postgres
import Testing

/// What others read of stock: names and payloads are a contract.
@Suite struct StockEventsTests {
  @Test func payloadsAreAsAgreed() throws {
    let ids = IDSource()
    let event = StockRanLow(
      variantId: ids.id(), productId: ids.id(), shopId: ids.id(), available: 4, threshold: 5)
    let database = try TestDatabase().database()
    try database.transaction {
      try event.append(to: $0, ids: ids, at: Clock.system.now, trace: nil)
    }
    let stored = try database.first(
      "SELECT e.type, e.aggregate_type, e.aggregate_id, e.payload::text FROM outbox.events AS e"
    ) { row in
      (
        type: try row.next() as String, kind: try row.next() as String,
        id: try row.next() as VariantID,
        payload: try JSONValue.parse(Array((try row.next() as String).utf8))
      )
    }
    let found = try #require(stored)
    #expect(found.type == "inventory.stock_low.v1")
    #expect(found.kind == "variant")
    #expect(found.id == event.variantId)
    #expect(
      found.payload == [
        "variant_id": .string(event.variantId.description),
        "product_id": .string(event.productId.description),
        "shop_id": .string(event.shopId.description), "available": 4, "threshold": 5,
      ])
  }
}
