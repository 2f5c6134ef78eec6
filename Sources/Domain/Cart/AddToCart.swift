package import Core
package import Postgres

/// What somebody wants in their cart.
package struct CartWish: Sendable {
  package let variant: VariantID?
  package let product: ProductID?
  package let quantity: Int

  package init(variant: VariantID?, product: ProductID?, quantity: Int) {
    self.variant = variant
    self.product = product
    self.quantity = quantity
  }
}

extension Carts {
  /// The same line adds up. Returns whose cart it is now: a stranger, or a guest whose token opens
  /// nothing, has become a guest with a token of our making.
  package func add(_ wish: CartWish, to owner: CartOwner, in transaction: Transaction) throws
    -> CartOwner
  {
    if let user = owner.user {
      CartStore.makeSure(of: user, ids.id(), at: now, in: transaction)
    }
    let (carts, items, byVariant, byProduct) = try transaction.read(
      CartStore.lock(owner, at: now), ItemStore.list(of: CartStore.ids(of: owner, at: now)),
      ItemStore.offers(of: wish.variant),
      ItemStore.offers(of: wish.variant == nil ? wish.product : nil))
    let offer = try pick(wish, byVariant, byProduct)
    let (cart, newOwner) = carts.first.map { ($0.id, owner) } ?? open(in: transaction)
    let inCart = items.first { $0.variant == offer.variant }?.quantity
    guard inCart != nil || items.count < Self.linesMax else { throw CartError.cartFull }
    guard (inCart ?? 0) + wish.quantity <= Self.quantityMax else {
      throw CartError.tooManyPieces(inCart: inCart ?? 0)
    }
    ItemStore.add(offer, wish.quantity, to: cart, as: ids.id(), at: now, in: transaction)
    CartStore.touch(cart, at: now, in: transaction)
    return newOwner
  }

  private func open(in transaction: Transaction) -> (CartID, CartOwner) {
    let token = CartToken(ids.randomness)
    let cart = ids.id(CartKind.self)
    CartStore.insert(cart, of: token, at: now, in: transaction)
    return (cart, .guest(token))
  }

  private func pick(
    _ wish: CartWish, _ byVariant: [ItemStore.Offer], _ byProduct: [ItemStore.Offer]
  ) throws -> ItemStore.Offer {
    let field = wish.variant == nil ? "product_id" : "variant_id"
    let choices = wish.variant == nil ? byProduct : byVariant
    guard let first = choices.first else { throw CartError.noSuchVariant(field: field) }
    if let product = wish.product, product != first.product {
      throw CartError.variantOfAnotherProduct
    }
    guard first.isForSale else { throw CartError.notForSale(field: field) }
    guard choices.count(where: \.isForSale) == 1 else {
      throw CartError.chooseAVariant(field: field)
    }
    return first
  }
}
