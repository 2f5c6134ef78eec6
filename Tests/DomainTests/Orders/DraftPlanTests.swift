import Core
import KitTesting
import Orders
import Postgres
import Promotions
import Testing

/// How Postgres reads a few goods to order among eight thousand.
@Suite struct DraftPlanTests {
  private func filled() throws -> Database {
    let database = try TestDatabase()
    let patient = Database(
      DatabaseSettings(
        url: database.url, applicationName: "test", statementTimeout: .minutes(2)))
    patient.companion = database
    try patient.execute(
      """
      INSERT INTO shops.shops (id, name, slug, currency, owner_id, created_at, updated_at)
      VALUES (md5('shop')::uuid, 'Shop', 'shop', 'VND', md5('owner')::uuid, now(), now())
      """)
    try patient.execute(
      """
      INSERT INTO catalog.products
        (id, shop_id, name, slug, price, currency, status, created_by, created_at, updated_at)
      SELECT md5('product' || n)::uuid, md5('shop')::uuid, 'Thing', 'thing-' || n, 100, 'VND',
             'active', md5('owner')::uuid, now(), now()
      FROM generate_series(1, 8000) AS n
      """)
    try patient.execute(
      """
      INSERT INTO catalog.variants
        (id, product_id, shop_id, sku, options, price, position, created_at, updated_at)
      SELECT md5('variant' || n)::uuid, md5('product' || n)::uuid, md5('shop')::uuid, 'sku-' || n,
             '{}', 100, 0, now(), now()
      FROM generate_series(1, 8000) AS n
      """)
    try patient.execute(
      """
      INSERT INTO inventory.stock (variant_id, product_id, shop_id, on_hand)
      SELECT v.id, v.product_id, v.shop_id, 10 FROM catalog.variants AS v
      """)
    try patient.execute("ANALYZE")
    return patient
  }

  @Test func goodsAreReadByTheirKeys() throws {
    let database = try filled()
    let customer = IDSource().id(UserKind.self)
    let now = IDSource().clock.now
    let source = DraftDirectory.Source.items([
      .init(variant: IDSource().id(), product: nil, quantity: 1),
      .init(variant: nil, product: IDSource().id(), quantity: 1),
    ])
    let statements = [
      try DraftDirectory.lines(source).sql,
      PromotionDirectory.candidates(
        in: try DraftDirectory.shopIDs(source),
        withCodes: DraftDirectory.codeKeys(source, and: []), for: customer, at: now
      ).sql,
    ]
    for statement in statements {
      let plan = try database.query("EXPLAIN \(statement)") { row in try row.next() as String }
        .joined(separator: "\n")
      for table in ["stock", "variants", "products"] {
        #expect(!plan.contains("Seq Scan on \(table)"), "\(plan)")
      }
    }
  }
}
