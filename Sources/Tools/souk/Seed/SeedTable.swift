/// The tables a large catalogue fills. Each product has one variant and one row in each of them.
enum SeedTable: String, CaseIterable {
  case products, slugs, variants, prices, stock, movements
  case stockCounts = "stock counts"

  var columns: String {
    switch self {
    case .products:
      """
      catalog.products (id, shop_id, category_id, name, slug, description, images, attributes, \
      price, currency, in_stock, sold, status, created_by, created_at, updated_at)
      """
    case .slugs: "catalog.product_slugs (slug, product_id, created_at)"
    case .variants:
      """
      catalog.variants (id, product_id, shop_id, sku, price, position, created_at, updated_at)
      """
    case .prices:
      """
      catalog.price_history (product_id, variant_id, price, currency, changed_by, changed_at)
      """
    case .stock: "inventory.stock (variant_id, product_id, shop_id, on_hand)"
    case .stockCounts: "inventory.products (product_id, variants_in_stock)"
    case .movements:
      """
      inventory.movements (variant_id, product_id, kind, on_hand_before, on_hand_after, \
      reserved_before, reserved_after, reference, actor_id, created_at)
      """
    }
  }
}
