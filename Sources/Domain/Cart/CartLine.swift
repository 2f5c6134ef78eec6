package import Core
internal import Postgres

/// A line of a cart with what is true of it now.
package struct CartLine: Sendable {
  package let id: CartItemID
  package let variant: VariantID
  package let product: ProductID
  package let shop: ShopID
  package let quantity: Int
  /// When it was put in.
  package let added: Look
  package let now: Look
  package let image: String?
  package let isForSale: Bool
  package let available: Int
  package let category: CategoryID?

  /// How a line looks to who buys it.
  package struct Look: Hashable, Sendable {
    package let name: String
    package let price: Money
  }

  /// In the order of `CartStore.lines`.
  init(_ row: inout Row) throws {
    id = try row.next()
    variant = try row.next()
    product = try row.next()
    shop = try row.next()
    quantity = try row.next()
    added = try Look(&row)
    now = try Look(&row, named: added.name)
    image = try row.next()
    isForSale = try row.next()
    available = try row.next()
    category = try row.next()
  }
}

extension CartLine.Look {
  init(_ row: inout Row) throws {
    name = try row.next()
    price = Money(try row.next(), try row.next())
  }

  /// The name is NULL where it has not changed.
  init(_ row: inout Row, named before: String) throws {
    name = try row.next() ?? before
    price = Money(try row.next(), try row.next())
  }
}
