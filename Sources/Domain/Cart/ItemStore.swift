internal import Core
internal import Postgres

enum ItemStore {
  /// A line as far as it matters for changing it.
  struct Item {
    let id: CartItemID
    let variant: VariantID
    let product: ProductID
    let quantity: Int
  }

  /// Everything that could be meant, found in one round trip. Archived variants are not.
  struct Offer {
    let variant: VariantID
    let product: ProductID
    let shop: ShopID
    let look: CartLine.Look
    let isForSale: Bool
  }

  static func list(of owner: SQL) -> Query<Item> {
    Query(
      """
      SELECT i.id, i.variant_id, i.product_id, i.quantity FROM cart.items AS i
      WHERE i.cart_id IN (\(owner))
      """
    ) { row in
      Item(
        id: try row.next(), variant: try row.next(), product: try row.next(),
        quantity: try row.next())
    }
  }

  static func offers(of variant: VariantID?) -> Query<Offer> {
    Query("\(offer) WHERE s.variant_id = \(variant)", decode)
  }

  /// What of a product is for sale.
  static func offers(of product: ProductID?) -> Query<Offer> {
    Query(
      "\(offer) WHERE s.product_id = \(product) ORDER BY s.sellable DESC, s.position LIMIT 200",
      decode)
  }

  private static let offer: SQL = """
    SELECT s.variant_id, s.product_id, s.shop_id, s.product_name, s.price, s.currency, s.sellable
    FROM catalog_api.sellable AS s
    """

  private static func decode(_ row: inout Row) throws -> Offer {
    Offer(
      variant: try row.next(), product: try row.next(), shop: try row.next(),
      look: try CartLine.Look(&row), isForSale: try row.next())
  }

  /// Pieces add up, and the line looks from now on as it looks today.
  static func add(
    _ offer: Offer, _ quantity: Int, to cart: CartID, as id: CartItemID, at now: Timestamp,
    in transaction: Transaction
  ) {
    transaction.enqueue(
      """
      INSERT INTO cart.items AS i
        (id, cart_id, variant_id, product_id, shop_id, quantity, added_name, added_price,
         added_currency, added_at)
      VALUES
        (\(id), \(cart), \(offer.variant), \(offer.product), \(offer.shop), \(quantity),
         \(offer.look.name), \(offer.look.price.amount), \(offer.look.price.currency), \(now))
      ON CONFLICT ON CONSTRAINT items_variant_once DO UPDATE
        SET quantity = i.quantity + excluded.quantity, added_name = excluded.added_name,
            added_price = excluded.added_price, added_currency = excluded.added_currency
      """)
  }

  static func setQuantity(_ quantity: Int, of item: CartItemID, in transaction: Transaction) {
    transaction.enqueue("UPDATE cart.items SET quantity = \(quantity) WHERE id = \(item)")
  }

  static func remove(_ item: CartItemID, in transaction: Transaction) {
    transaction.enqueue("DELETE FROM cart.items WHERE id = \(item)")
  }
}
