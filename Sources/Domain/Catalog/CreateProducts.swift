internal import Core
internal import Events
internal import HTTP
package import Middleware
package import Postgres

extension Catalogue {
  /// Creates all of them or none, in the given order. `isBulk` tells how faults name their fields.
  /// Throws `noSuchShop` also where a shop is somebody else's, `shopClosed`, `unknownCategory`,
  /// `skuTaken`, or a 422 that lists every fault.
  package func createProducts(
    _ drafts: [ProductDraft], isBulk: Bool, by caller: Caller, in transaction: Transaction
  ) throws -> [Product] {
    let shops = try ProductStore.shops(drafts.map(\.shop), in: transaction)
    var products: [NewProduct] = []
    var variants: [NewVariant] = []
    var faults: [Problem.Violation] = []
    for (index, draft) in drafts.enumerated() {
      guard let shop = shops[draft.shop], caller.manages(whatIsOf: shop.owner) else {
        throw CatalogError.noSuchShop
      }
      guard shop.isWritable else { throw CatalogError.shopClosed }
      let plan = plan(draft, for: shop, at: isBulk ? "[\(index)]." : "")
      products.append(plan.product)
      variants += plan.variants
      faults += plan.faults
    }
    guard faults.isEmpty else { throw Problem.invalid(faults) }
    try ProductStore.insert(products, by: caller.user, at: now, in: transaction)
    try VariantStore.insert(variants, by: caller.user, at: now, in: transaction)
    VariantStore.openStock(
      variants, by: caller.user, reference: "product.created", in: transaction)
    for product in products {
      try announce(
        ProductCreated(
          productId: product.id, shopId: product.draft.shop,
          status: product.draft.status.rawValue),
        in: transaction)
    }
    return try ProductStore.list(products.map(\.id), in: transaction)
  }

  private func plan(_ draft: ProductDraft, for shop: ShopTerms, at place: String)
    -> (product: NewProduct, variants: [NewVariant], faults: [Problem.Violation])
  {
    let id = ids.id(ProductKind.self)
    var arrangement = Arrangement(options: draft.options, variants: draft.variants, at: place)
    var variants: [NewVariant] = []
    for (index, variant) in draft.variants.enumerated() {
      let variantID = ids.id(VariantKind.self)
      let price = arrangement.price(of: variant, at: index, else: draft.price, in: shop.currency)
      variants.append(
        NewVariant(
          id: variantID, product: id, shop: shop.id, sku: variant.sku ?? Self.sku(for: variantID),
          options: variant.options ?? [:], image: variant.image.applied(to: nil), price: price,
          currency: shop.currency, position: index, stock: variant.stock))
    }
    let product = NewProduct(
      id: id, draft: draft, options: arrangement.options,
      price: variants.map(\.price).min() ?? 1, currency: shop.currency)
    return (product, variants, arrangement.faults)
  }

  /// For a seller who keeps none.
  static func sku(for id: VariantID) -> String { id.description.suffix(12).uppercased() }
}
