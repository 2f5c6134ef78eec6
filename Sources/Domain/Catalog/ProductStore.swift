package import Core
internal import HTTP
internal import JSON
package import Postgres

package enum ProductStore {
  static let columns: SQL = """
    p.id, p.number, p.shop_id, s.name, s.slug, s.owner_id, s.status = 'active', p.name, p.slug,
    p.description, p.category_id, p.images, p.attributes, p.options, p.price, p.currency,
    p.in_stock, p.sold, p.rating, p.rating_count, p.status, p.version, p.created_at, p.updated_at,
    v.ids, v.skus, v.options, v.prices, v.images, v.available
    """

  /// What the columns need beside `catalog.products AS p`. The variants are sorted once for all
  /// arrays: an order in each aggregate was more than half of the time of a page.
  static let joins: SQL = """
    JOIN shops_api.shops AS s ON s.id = p.shop_id
    CROSS JOIN LATERAL (
      SELECT COALESCE(array_agg(v.id), '{}') AS ids, COALESCE(array_agg(v.sku), '{}') AS skus,
             COALESCE(array_agg(v.options), '{}') AS options,
             COALESCE(array_agg(v.price), '{}') AS prices,
             COALESCE(array_agg(v.image), '{}') AS images,
             COALESCE(array_agg(v.available), '{}') AS available
      FROM (
        SELECT v.id, v.sku, v.options::text AS options, v.price, COALESCE(v.image, '') AS image,
               COALESCE(a.available, 0) AS available
        FROM catalog.variants AS v
        LEFT JOIN inventory_api.availability AS a ON a.variant_id = v.id
        WHERE v.product_id = p.id AND v.archived_at IS NULL
        ORDER BY v.position
      ) AS v
    ) AS v
    """

  /// By id, or by any slug it ever had.
  package static func find(_ name: ProductName, in database: some Querying) throws -> Product? {
    let condition: SQL =
      switch name {
      case .id(let id): "p.id = \(id)"
      case .slug(let slug):
        "p.id = (SELECT n.product_id FROM catalog.product_slugs AS n WHERE n.slug = \(slug))"
      }
    return try database.first(
      "SELECT \(columns) FROM catalog.products AS p \(joins) WHERE \(condition)"
    ) { row in try Product(&row) }
  }

  /// In the order of the ids.
  static func list(_ ids: [ProductID], in transaction: Transaction) throws -> [Product] {
    try transaction.query(
      """
      SELECT \(columns) FROM unnest(\(ids)) WITH ORDINALITY AS wanted (id, place)
      JOIN catalog.products AS p ON p.id = wanted.id \(joins)
      ORDER BY wanted.place
      """
    ) { row in try Product(&row) }
  }

  /// Keeps the row from changing until the transaction ends.
  static func lock(_ id: ProductID, in transaction: Transaction) throws -> ProductRecord? {
    try transaction.first(
      """
      SELECT p.id, p.shop_id, s.owner_id, s.status IN ('active', 'paused'), s.currency, p.name,
             p.description, p.category_id, p.images, p.attributes, p.options, p.status, p.version
      FROM catalog.products AS p
      JOIN shops_api.shops AS s ON s.id = p.shop_id
      WHERE p.id = \(id)
      FOR NO KEY UPDATE OF p
      """
    ) { row in try ProductRecord(&row) }
  }

  /// Those of the wanted shops that are there.
  static func shops(_ ids: [ShopID], in transaction: Transaction) throws -> [ShopID: ShopTerms] {
    let found = try transaction.query(
      """
      SELECT s.id, s.owner_id, s.currency, s.status IN ('active', 'paused')
      FROM shops_api.shops AS s WHERE s.id = ANY (\(ids))
      """
    ) { row in
      ShopTerms(
        id: try row.next(), owner: try row.next(), currency: try row.next(),
        isWritable: try row.next())
    }
    return Dictionary(found.map { ($0.id, $0) }) { first, _ in first }
  }

  /// All of them in one statement, and none where one fails. Throws `unknownCategory`.
  static func insert(
    _ products: [NewProduct], by seller: UserID, at now: Timestamp, in transaction: Transaction
  ) throws {
    try transaction.execute(
      """
      WITH written AS (
        INSERT INTO catalog.products
          (id, shop_id, category_id, name, slug, description, images, attributes, options, price,
           currency, status, created_by, created_at, updated_at)
        SELECT n.id, n.shop_id, n.category_id, n.name, \(slug("n.name", "n.ending")),
               n.description, ARRAY(SELECT jsonb_array_elements_text(n.images)), n.attributes,
               n.options, n.price, n.currency, n.status, \(seller), \(now), \(now)
        FROM jsonb_to_recordset(\(json(products))::jsonb) AS n (
          id uuid, shop_id uuid, category_id uuid, name text, ending text, description text,
          images jsonb, attributes jsonb, options jsonb, price bigint, currency text,
          status text)
        RETURNING id, slug
      )
      INSERT INTO catalog.product_slugs (slug, product_id, created_at)
      SELECT w.slug, w.id, \(now) FROM written AS w ORDER BY w.slug
      """, meaning: ["products_category_fkey": CatalogError.unknownCategory(field: "category_id")])
  }

  /// Throws `unknownCategory`.
  static func update(_ product: ProductRecord, at now: Timestamp, in transaction: Transaction)
    throws
  {
    let ending = NewProduct.slugEnding(product.id)
    try transaction.execute(
      """
      WITH written AS (
        UPDATE catalog.products AS p
        SET name = \(product.name),
            slug = CASE WHEN p.name = \(product.name) THEN p.slug
                   ELSE \(slug("\(product.name)::text", "\(ending)::text")) END,
            description = \(product.description), category_id = \(product.category),
            images = \(product.images), attributes = \(product.attributes)::jsonb,
            options = \(product.options)::jsonb, status = \(product.status),
            price = COALESCE((
              SELECT min(v.price) FROM catalog.variants AS v
              WHERE v.product_id = p.id AND v.archived_at IS NULL), p.price),
            version = p.version + 1, updated_at = \(now)
        WHERE p.id = \(product.id)
        RETURNING p.id, p.slug
      )
      INSERT INTO catalog.product_slugs (slug, product_id, created_at)
      SELECT w.slug, w.id, \(now) FROM written AS w
      ON CONFLICT ON CONSTRAINT product_slugs_pkey DO NOTHING
      """, meaning: ["products_category_fkey": CatalogError.unknownCategory(field: "category_id")])
  }

  static func setStatus(
    _ status: ProductStatus, of id: ProductID, at now: Timestamp, in transaction: Transaction
  ) {
    transaction.enqueue(
      """
      UPDATE catalog.products SET status = \(status), version = version + 1, updated_at = \(now)
      WHERE id = \(id)
      """)
  }

  /// The end of the id makes it unique; no product ever has another's.
  private static func slug(_ name: SQL, _ ending: SQL) -> SQL {
    "COALESCE(NULLIF(souk.slug(\(name)), ''), 'product') || '-' || \(ending)"
  }

  private static func json(_ products: [NewProduct]) -> String {
    JSONValue.array(products.map(\.json)).description
  }
}

/// How a path names a product.
package enum ProductName: Sendable {
  case id(ProductID)
  case slug(String)

  /// Nil for what is neither: an id of another kind, and what no slug looks like.
  package init?(_ text: String) {
    if let id = ProductID(text) {
      self = .id(id)
    } else if !text.isEmpty, text.utf8.count <= 120,
      text.utf8.allSatisfy({ (97...122).contains($0) || (48...57).contains($0) || $0 == 45 })
    {
      self = .slug(text)
    } else {
      return nil
    }
  }
}
