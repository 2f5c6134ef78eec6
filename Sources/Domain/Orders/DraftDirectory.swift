package import Core
internal import JSON
package import Postgres

/// What is read to make an order: goods, prices, stock and the address, all as they are now.
package enum DraftDirectory {
  /// Where the lines of an order come from.
  package enum Source: Sendable {
    case cart(of: UserID)
    case items([Wish])
  }

  package struct Wish: Encodable, Sendable {
    let variantId: UUID?
    let productId: UUID?
    let quantity: Int

    package init(variant: VariantID?, product: ProductID?, quantity: Int) {
      variantId = variant?.uuid
      productId = product?.uuid
      self.quantity = quantity
    }

    private enum CodingKeys: String, CodingKey {
      case variantId, productId, quantity
    }

    /// With ids as Postgres writes them.
    package func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encodeIfPresent(variantId?.description, forKey: .variantId)
      try container.encodeIfPresent(productId?.description, forKey: .productId)
      try container.encode(quantity, forKey: .quantity)
    }
  }

  /// What is wanted, as rows `(place, variant_id, candidates, product_id, quantity)`. A product
  /// named without a variant means its only one.
  private static func wanted(_ source: Source) throws -> SQL {
    switch source {
    case .cart(let user):
      return """
        SELECT row_number() OVER (ORDER BY l.place) AS place, l.variant_id, 1::bigint AS candidates,
               l.quantity
        FROM cart_api.lines AS l WHERE l.user_id = \(user)
        """
    case .items(let wishes):
      let json = String(decoding: try JSONOutput.encode(wishes), as: UTF8.self)
      return """
        SELECT w.place, COALESCE(w.variant_id, o.ids[1]) AS variant_id,
               CASE WHEN w.variant_id IS NULL THEN o.count ELSE 1 END AS candidates, w.quantity
        FROM ROWS FROM (jsonb_to_recordset(\(json)::jsonb)
               AS (variant_id uuid, product_id uuid, quantity integer))
             WITH ORDINALITY AS w (variant_id, product_id, quantity, place)
        LEFT JOIN LATERAL (
          SELECT array_agg(s.variant_id) AS ids, count(*) AS count
          FROM catalog_api.sellable AS s
          WHERE w.variant_id IS NULL AND s.product_id = w.product_id AND s.sellable
        ) AS o ON true
        """
    }
  }

  /// With a number for the order that is made of them. Stock is looked up for each line: joined, it
  /// would be read as a whole.
  package static func lines(
    _ source: Source
  ) throws -> Query<(number: Int, line: DraftLine)> {
    Query(
      """
      SELECT (SELECT nextval('orders.orders_number_seq')), w.place, w.candidates, w.quantity,
             s.variant_id, s.product_id, s.shop_id, s.sku, s.product_name, s.variant_options::text,
             s.image, s.price, s.currency, s.sellable,
             COALESCE((SELECT a.available FROM inventory_api.availability AS a
                       WHERE a.variant_id = w.variant_id), 0)::bigint,
             ARRAY(SELECT t.ancestor_id FROM catalog_api.category_ancestors AS t
                   WHERE t.category_id = s.category_id)
      FROM (\(try wanted(source))) AS w
      LEFT JOIN catalog_api.sellable AS s ON s.variant_id = w.variant_id
      ORDER BY w.place
      """
    ) { row in
      (number: try row.next(), line: try DraftLine(&row))
    }
  }

  /// Statements of one column, for those who must know which shops and codes meet.
  package static func shopIDs(_ source: Source) throws -> SQL {
    switch source {
    case .cart(let user):
      "SELECT l.shop_id FROM cart_api.lines AS l WHERE l.user_id = \(user)"
    case .items:
      """
      SELECT (SELECT s.shop_id FROM catalog_api.sellable AS s WHERE s.variant_id = w.variant_id)
      FROM (\(try wanted(source))) AS w
      """
    }
  }

  package static func codeKeys(_ source: Source, and given: [String]) -> SQL {
    let own: SQL = "SELECT lower(g.code) FROM unnest(\(given)::text[]) AS g (code)"
    guard case .cart(let user) = source else { return own }
    return "\(own) UNION SELECT k.code_key FROM cart_api.codes AS k WHERE k.user_id = \(user)"
  }

  package static func cartCodes(_ source: Source) -> Query<String> {
    guard case .cart(let user) = source else {
      return Query("SELECT ''::text") { row in try row.next() }.when(false)
    }
    return Query(
      """
      SELECT k.code FROM cart_api.codes AS k WHERE k.user_id = \(user)
      ORDER BY k.added_at, k.code_key
      """
    ) { row in try row.next() }
  }

  /// The address as it goes into the order.
  package static func address(_ id: UUID?, of user: UserID) -> Query<String> {
    Query(
      """
      SELECT jsonb_build_object(
        'recipient', a.recipient, 'phone', a.phone, 'street', a.street, 'ward', a.ward,
        'district', a.district, 'city', a.city, 'postcode', a.postcode, 'country', a.country,
        'lat', a.lat, 'long', a.long)::text
      FROM identity_api.addresses AS a
      WHERE a.id = \(id) AND a.user_id = \(user)
      """
    ) { row in try row.next() }
    .when(id != nil)
  }
}

/// A line somebody wants to order, with what is true of it now.
package struct DraftLine: Sendable {
  package let place: Int
  /// How many variants a product named without one has.
  let candidates: Int
  package let quantity: Int
  /// Nil when nothing goes by that name.
  package let goods: Goods?

  package struct Goods: Sendable {
    package let variant: VariantID
    package let product: ProductID
    package let shop: ShopID
    package let sku: String?
    package let name: String
    package let options: String
    package let image: String?
    package let price: Money
    let isForSale: Bool
    let available: Int
    package let categories: [CategoryID]
  }

  init(_ row: inout Row) throws {
    place = try row.next()
    candidates = try row.next()
    quantity = try row.next()
    let variant: VariantID? = try row.next()
    guard let variant else {
      goods = nil
      return
    }
    goods = Goods(
      variant: variant, product: try row.next(), shop: try row.next(), sku: try row.next(),
      name: try row.next(), options: try row.next(), image: try row.next(),
      price: Money(try row.next(), try row.next()), isForSale: try row.next(),
      available: try row.next(), categories: try row.next())
  }

  /// Throws what stands in the way of ordering it.
  package func check(
    named source: DraftDirectory.Source
  ) throws(OrderError) -> Goods {
    let field = "items[\(place - 1)]"
    guard candidates <= 1 else { throw OrderError.chooseAVariant(field: "\(field).product_id") }
    guard let goods else { throw OrderError.noSuchVariant(field: "\(field).variant_id") }
    guard goods.isForSale else { throw OrderError.notForSale(name: goods.name) }
    guard goods.available >= quantity else {
      throw OrderError.insufficientStock(name: goods.name, available: max(0, goods.available))
    }
    return goods
  }
}
