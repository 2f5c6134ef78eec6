package import Core
internal import HTTP
package import JSON
internal import Postgres

package enum ProductStatus: String, CaseIterable, Sendable, Encodable, Bindable, Column {
  case draft, active, archived
}

package struct Product: Encodable, Sendable {
  package let id: ProductID
  package let number: Int
  package let shopId: ShopID
  package let shop: Seller
  package let name: String
  package let slug: String
  package let description: String
  @ExplicitNull package var categoryId: CategoryID?
  package let images: [String]
  package let attributes: RawJSON
  package let options: RawJSON
  package let variants: [Variant]
  /// The lowest variant's.
  package let price: Money
  package let inStock: Bool
  package let sold: Int
  package let ratingAverage: Double
  package let ratingCount: Int
  package let status: ProductStatus
  package let version: Int
  package let createdAt: Timestamp
  package let updatedAt: Timestamp
  let shopIsOpen: Bool

  package struct Seller: Encodable, Sendable {
    package let id: ShopID
    package let name: String
    package let slug: String
    let owner: UserID

    private enum CodingKeys: String, CodingKey {
      case id, name, slug
    }
  }

  private enum CodingKeys: String, CodingKey {
    case id, number, shopId, shop, name, slug, description, categoryId, images, attributes
    case options, variants, price, inStock, sold, ratingAverage, ratingCount, status, version
    case createdAt, updatedAt
  }

  /// Whether anybody may see it.
  var isPublic: Bool { status == .active && shopIsOpen }

  /// In the order of `ProductStore.columns`.
  init(_ row: inout Row) throws {
    id = try row.next()
    number = try row.next()
    shopId = try row.next()
    shop = Seller(
      id: shopId, name: try row.next(), slug: try row.next(), owner: try row.next())
    shopIsOpen = try row.next()
    name = try row.next()
    slug = try row.next()
    description = try row.next()
    _categoryId = ExplicitNull(wrappedValue: try row.next())
    images = try row.next()
    attributes = RawJSON(try row.next())
    options = RawJSON(try row.next())
    let amount: Int = try row.next()
    let currency: Currency = try row.next()
    price = Money(amount, currency)
    inStock = try row.next()
    sold = try row.next()
    ratingAverage = Double(try row.next() as Int) / 100
    ratingCount = try row.next()
    status = try row.next()
    version = try row.next()
    createdAt = try row.next()
    updatedAt = try row.next()
    variants = try Variant.list(&row, currency)
  }
}

package struct Variant: Encodable, Sendable {
  package let id: VariantID
  package let sku: String
  package let options: RawJSON
  package let price: Money
  @ExplicitNull package var image: String?
  package let available: Int
  package let inStock: Bool

  /// From columns that each hold one value of all variants, in the order of
  /// `ProductStore.columns`.
  static func list(_ row: inout Row, _ currency: Currency) throws -> [Variant] {
    let ids: [VariantID] = try row.next()
    let skus: [String] = try row.next()
    let options: [String] = try row.next()
    let prices: [Int] = try row.next()
    let images: [String] = try row.next()
    let available: [Int] = try row.next()
    return ids.indices.map { index in
      Variant(
        id: ids[index], sku: skus[index], options: RawJSON(options[index]),
        price: Money(prices[index], currency),
        image: images[index].isEmpty ? nil : images[index],
        available: available[index], inStock: available[index] > 0)
    }
  }
}
