package import Core
internal import Events
internal import HTTP
internal import JSON
package import Middleware
package import Postgres

extension Catalogue {
  /// Throws `noSuchProduct` also where it is somebody else's, `shopClosed`, `unknownCategory`,
  /// `skuTaken`, `variantInStock`, or a 422 that lists every fault.
  package func changeProduct(
    _ id: ProductID, by caller: Caller, _ changes: ProductChanges, check: (Int) throws -> Void,
    in transaction: Transaction
  ) throws -> Product {
    var product = try lock(id, for: caller, check, in: transaction)
    product.name = changes.name.applied(to: product.name)
    product.description = changes.description.applied(to: product.description)
    product.category = changes.category.applied(to: product.category)
    product.images = changes.images.applied(to: product.images)
    if case .to(let attributes) = changes.attributes { product.attributes = "\(attributes)" }
    product.status = changes.status ?? product.status
    if changes.touchesVariants {
      try rearrange(&product, changes, by: caller.user, in: transaction)
    }
    try ProductStore.update(product, at: now, in: transaction)
    return try announced(product, in: transaction)
  }

  /// Takes the product out of sight; what was sold keeps pointing to it.
  package func archiveProduct(
    _ id: ProductID, by caller: Caller, check: (Int) throws -> Void, in transaction: Transaction
  ) throws {
    var product = try lock(id, for: caller, check, in: transaction)
    guard product.status != .archived else { throw CatalogError.noSuchProduct }
    product.status = .archived
    ProductStore.setStatus(.archived, of: id, at: now, in: transaction)
    _ = try announced(product, in: transaction)
  }

  private func lock(
    _ id: ProductID, for caller: Caller, _ check: (Int) throws -> Void,
    in transaction: Transaction
  ) throws -> ProductRecord {
    guard let product = try ProductStore.lock(id, in: transaction),
      caller.manages(whatIsOf: product.shop.owner)
    else { throw CatalogError.noSuchProduct }
    guard product.shop.isWritable else { throw CatalogError.shopClosed }
    try check(product.version)
    return product
  }

  private func announced(_ product: ProductRecord, in transaction: Transaction) throws -> Product {
    try announce(
      ProductChanged(
        productId: product.id, shopId: product.shop.id, status: product.status.rawValue,
        version: product.version + 1),
      in: transaction)
    guard let saved = try ProductStore.list([product.id], in: transaction).first else {
      throw CatalogError.noSuchProduct
    }
    return saved
  }

  /// Brings options, variants and prices to what the seller wants them to be.
  private func rearrange(
    _ product: inout ProductRecord, _ changes: ProductChanges, by seller: UserID,
    in transaction: Transaction
  ) throws {
    let present = try VariantStore.list(of: product.id, in: transaction)
    let drafts =
      changes.variants
      ?? present.map { VariantDraft(id: $0.id, price: changes.price) }
    let plan = try Rearrangement(
      drafts, of: present, options: try changes.options ?? ProductOption.list(product.options),
      price: changes.price, for: product, ids: ids)
    guard !present.contains(where: { plan.leaves(out: $0) && $0.isInStock }) else {
      throw CatalogError.variantInStock
    }
    VariantStore.archiveAll(of: product.id, at: now, in: transaction)
    try VariantStore.update(plan.kept, by: seller, at: now, in: transaction)
    try VariantStore.insert(plan.added, by: seller, at: now, in: transaction)
    VariantStore.openStock(plan.added, by: seller, reference: "product.changed", in: transaction)
    product.options = JSONValue.array(plan.options.map(\.json)).description
  }
}
