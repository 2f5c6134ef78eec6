package import Core
package import Postgres

/// How a line of a cart is named: by itself, or by what is in it.
package enum CartItemName: Sendable {
  case item(CartItemID)
  case variant(VariantID)
  case product(ProductID)

  /// Nil for an id of another kind, or none.
  package init?(_ text: String) {
    if let id = CartItemID(text) {
      self = .item(id)
    } else if let id = VariantID(text) {
      self = .variant(id)
    } else if let id = ProductID(text) {
      self = .product(id)
    } else {
      return nil
    }
  }

  func names(_ item: ItemStore.Item) -> Bool {
    switch self {
    case .item(let id): item.id == id
    case .variant(let id): item.variant == id
    case .product(let id): item.product == id
    }
  }
}

extension Carts {
  /// None removes the line.
  package func setQuantity(
    _ quantity: Int, of name: CartItemName, in owner: CartOwner, check: (Int) throws -> Void,
    in transaction: Transaction
  ) throws {
    let (carts, items) = try transaction.read(
      CartStore.lock(owner, at: now), ItemStore.list(of: CartStore.ids(of: owner, at: now)))
    let meant = items.filter(name.names)
    guard let cart = carts.first, let item = meant.first else { throw CartError.noSuchItem }
    try check(cart.version)
    guard meant.count == 1 else { throw CartError.chooseAVariant(field: "id") }
    if quantity == 0 {
      ItemStore.remove(item.id, in: transaction)
    } else {
      ItemStore.setQuantity(quantity, of: item.id, in: transaction)
    }
    CartStore.touch(cart.id, at: now, in: transaction)
  }

  /// Takes out everything, codes too. A cart that is not there is empty already.
  package func clear(
    _ owner: CartOwner, check: (Int) throws -> Void, in transaction: Transaction
  ) throws {
    guard let cart = try transaction.read(CartStore.lock(owner, at: now)).first else { return }
    try check(cart.version)
    CartStore.clear(cart.id, in: transaction)
    CartStore.touch(cart.id, at: now, in: transaction)
  }

  /// Whether the code does anything is for the caller to see: a cart does not know promotions.
  package func add(_ code: String, to owner: CartOwner, in transaction: Transaction) throws {
    let (carts, items, codes) = try transaction.read(
      CartStore.lock(owner, at: now), ItemStore.list(of: CartStore.ids(of: owner, at: now)),
      CartStore.codes(of: owner, at: now))
    guard let cart = carts.first, !items.isEmpty else { throw CartError.cartEmpty }
    let isNew = !codes.contains { $0.lowercased() == code.lowercased() }
    guard !isNew || codes.count < Self.codesMax else { throw CartError.tooManyCodes }
    CartStore.add(code, to: cart.id, at: now, in: transaction)
    CartStore.touch(cart.id, at: now, in: transaction)
  }

  package func remove(
    _ code: String, from owner: CartOwner, check: (Int) throws -> Void,
    in transaction: Transaction
  ) throws {
    guard let cart = try transaction.read(CartStore.lock(owner, at: now)).first else {
      throw CartError.noSuchCode
    }
    try check(cart.version)
    guard try CartStore.remove(code, from: cart.id, in: transaction) else {
      throw CartError.noSuchCode
    }
    CartStore.touch(cart.id, at: now, in: transaction)
  }

  /// Brings what a guest had gathered into the cart of who they turn out to be. It travels with
  /// the next statement or the COMMIT; a token that opens nothing brings nothing.
  package func merge(_ token: CartToken, into user: UserID, in transaction: Transaction) {
    CartStore.merge(token, into: user, newID: ids.id(), at: now, in: transaction)
  }
}
