internal import Core
internal import JSON
internal import Postgres

/// An order as it is placed.
struct NewOrder: LateRow {
  let order: Order

  static func statements(_ rows: [NewOrder]) -> [SQL] {
    let orders = rows.map(\.order)
    return [
      """
      INSERT INTO orders.orders (
        id, number, customer_id, hold_id, currency, subtotal, discount, shipping, address,
        payment_provider, payment_method, payment_method_id, payment_return_url, promotions,
        from_cart, placed_at, expires_at)
      SELECT n.id, n.number, n.customer_id, n.hold_id, n.currency, n.subtotal, n.discount,
             n.shipping, n.address::jsonb, n.provider, n.method, n.method_id, n.return_url,
             n.promotions::jsonb, n.from_cart, n.placed_at, n.expires_at
      FROM unnest(
        \(orders.map(\.id)), \(orders.map(\.number)), \(orders.map(\.customer)),
        \(orders.map(\.hold)), \(orders.map(\.subtotal.currency.rawValue))::text[],
        \(orders.map(\.subtotal.amount)), \(orders.map(\.discount.amount)),
        \(orders.map(\.shipping.amount)), \(orders.map(\.address.text))::text[],
        \(orders.map(\.payment.provider))::text[], \(orders.map(\.payment.method))::text[],
        \(orders.map(\.payment.savedMethod)), \(orders.map(\.payment.returnURL))::text[],
        \(orders.map(\.promotions.text))::text[], \(orders.map(\.isFromCart)),
        \(orders.map(\.placedAt)), \(orders.map(\.expiresAt))
      ) AS n (
        id, number, customer_id, hold_id, currency, subtotal, discount, shipping, address, provider,
        method, method_id, return_url, promotions, from_cart, placed_at, expires_at)
      """
    ]
  }
}

/// A line of an order, in its place.
struct NewItem: LateRow {
  let order: OrderID
  let place: Int
  let item: Order.Item

  static func statements(_ rows: [NewItem]) -> [SQL] {
    let items = rows.map(\.item)
    return [
      """
      INSERT INTO orders.items (
        order_id, place, variant_id, product_id, shop_id, name, sku, options, image, quantity,
        unit_price, discount)
      SELECT n.order_id, n.place, n.variant_id, n.product_id, n.shop_id, n.name, n.sku,
             n.options::jsonb, n.image, n.quantity, n.unit_price, n.discount
      FROM unnest(
        \(rows.map(\.order)), \(rows.map(\.place)), \(items.map(\.variant)),
        \(items.map(\.product)), \(items.map(\.shop)), \(items.map(\.name))::text[],
        \(items.map(\.sku))::text[], \(items.map(\.options.text))::text[],
        \(items.map(\.image))::text[], \(items.map(\.quantity)),
        \(items.map(\.unitPrice.amount)), \(items.map(\.discount.amount))
      ) AS n (
        order_id, place, variant_id, product_id, shop_id, name, sku, options, image, quantity,
        unit_price, discount)
      """
    ]
  }
}
