import Core
import Inventory
import JSON
import KitTesting
import Postgres
import Testing
import inventory

private let inventoryRoutes = inventory.routes

/// Something to sell, written by hand: cheap where it does not matter how it came about.
struct Goods: Sendable {
  let product: ProductID
  let variants: [VariantID]

  var id: String { product.description }
  var variant: String { variants[0].description }

  /// Somebody of the shop counted the first variant.
  func setStock(
    _ count: Int, of variant: Int = 0, expected: Int? = nil, by seller: UserID,
    on stack: TestStack
  ) throws {
    let ids = IDSource(clock: stack.clock.clock)
    let change = StockChange(
      variant: variants[variant], action: .set(count, expected: expected), lowStockThreshold: nil)
    try stack.look().transaction { transaction in
      try Warehouse(ids: ids, trace: nil).adjust(
        product, [change], reference: "\(ids.uuid())", by: ShopManager(seller),
        check: { _ in }, in: transaction)
    }
  }
}

extension Bazaar {
  static func inventory(on stack: TestStack) throws -> TestFunction {
    try stack.function("inventory", inventoryRoutes)
  }

  /// A shop of this visitor's.
  func shop(of owner: Visitor, currency: String = "USD", name: String = "Stall") throws -> ShopID {
    let shop = IDSource().id(ShopKind.self)
    try stack.look().execute(
      """
      INSERT INTO shops.shops (id, name, slug, currency, owner_id, created_at, updated_at)
      VALUES (\(shop), \(name), \("stall-" + shop.description.dropFirst(4)), \(currency),
              \(owner.user), now(), now())
      """)
    return shop
  }

  /// A product with one variant for each number of pieces.
  func goods(
    _ pieces: [Int] = [10], in shop: ShopID, price: Int = 1000, category: CategoryID? = nil,
    name: String = "Tea"
  ) throws -> Goods {
    let ids = IDSource()
    let goods = Goods(product: ids.id(), variants: pieces.map { _ in ids.id() })
    let database = stack.look()
    try database.execute(
      """
      INSERT INTO catalog.products
        (id, shop_id, category_id, name, slug, price, currency, status, created_by, created_at,
         updated_at)
      SELECT \(goods.product), h.id, \(category), \(name), \(goods.id), \(price),
             h.currency, 'active', h.owner_id, now(), now()
      FROM shops_api.shops AS h WHERE h.id = \(shop)
      """)
    try database.execute(
      """
      INSERT INTO catalog.variants
        (id, product_id, shop_id, sku, options, price, position, created_at, updated_at)
      SELECT v.id, \(goods.product), \(shop), v.id::text,
             jsonb_build_object('Size', v.place::text), \(price), v.place, now(), now()
      FROM unnest(\(goods.variants)) WITH ORDINALITY AS v (id, place)
      """)
    try database.execute(
      """
      SELECT inventory_api.open_stock(\(goods.variants), \(pieces.map { _ in goods.product }),
        \(pieces.map { _ in shop }), \(pieces)::integer[], NULL, 'test')
      """)
    return goods
  }

  /// Takes a product, or a shop, off the market.
  func archive(_ goods: Goods) throws {
    try stack.look().execute(
      "UPDATE catalog.products SET status = 'archived' WHERE id = \(goods.product)")
  }

  func setPrice(_ price: Int, of goods: Goods) throws {
    try stack.look().execute(
      "UPDATE catalog.variants SET price = \(price) WHERE product_id = \(goods.product)")
  }
}

/// What a test names of an order.
struct DeliveredOrder {
  let id: String
  let parcel: String
  let `return`: String
}

extension Bazaar {
  /// An order of one piece that was delivered, with a return that was asked for, by hand.
  func deliveredOrder(of buyer: Visitor, _ goods: Goods, from shop: ShopID) throws
    -> DeliveredOrder
  {
    let ids = IDSource()
    let (order, parcel): (OrderID, ParcelID) = (ids.id(), ids.id())
    let returned: ReturnID = ids.id()
    let database = stack.look()
    try database.execute(
      """
      INSERT INTO orders.orders (id, customer_id, hold_id, status, currency, subtotal, discount,
        shipping, address, payment_provider, from_cart, placed_at, expires_at, paid_at)
      SELECT \(order), \(buyer.user), \(order), 'delivered', h.currency, 1000, 0, 0, '{}',
             'sandbox', false, now(), now(), now()
      FROM shops_api.shops AS h WHERE h.id = \(shop)
      """)
    try database.execute(
      """
      INSERT INTO orders.items (order_id, place, variant_id, product_id, shop_id, name, options,
        quantity, unit_price, discount)
      VALUES (\(order), 1, \(goods.variants[0]), \(goods.product), \(shop), 'Tea', '{}', 1, 1000,
              0)
      """)
    try database.execute(
      """
      INSERT INTO orders.parcels (id, order_id, shop_id, status, currency, amount, created_at,
        updated_at)
      SELECT \(parcel), o.id, \(shop), 'delivered', o.currency, 1000, now(), now()
      FROM orders.orders AS o WHERE o.id = \(order)
      """)
    try database.execute(
      """
      INSERT INTO orders.returns (id, order_id, parcel_id, reason, currency, amount, requested_at)
      SELECT \(returned), o.id, \(parcel), 'Broken', o.currency, 1000, now()
      FROM orders.orders AS o WHERE o.id = \(order)
      """)
    return DeliveredOrder(
      id: order.description, parcel: parcel.description, return: returned.description)
  }
}
