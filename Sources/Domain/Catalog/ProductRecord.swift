internal import Core
internal import JSON
internal import Postgres

/// What a shop says about its products.
struct ShopTerms {
  let id: ShopID
  let owner: UserID
  let currency: Currency
  /// Not banned, not archived.
  let isWritable: Bool
}

/// A product as its table has it, locked for a change.
struct ProductRecord {
  let id: ProductID
  let shop: ShopTerms
  var name: String
  var description: String
  var category: CategoryID?
  var images: [String]
  /// As JSON.
  var attributes: String
  var options: String
  var status: ProductStatus
  let version: Int

  /// In the order of `ProductStore.lock`.
  init(_ row: inout Row) throws {
    id = try row.next()
    let (shop, owner): (ShopID, UserID) = (try row.next(), try row.next())
    let isWritable: Bool = try row.next()
    self.shop = ShopTerms(
      id: shop, owner: owner, currency: try row.next(), isWritable: isWritable)
    name = try row.next()
    description = try row.next()
    category = try row.next()
    images = try row.next()
    attributes = try row.next()
    options = try row.next()
    status = try row.next()
    version = try row.next()
  }
}

struct VariantRecord {
  let id: VariantID
  let sku: String
  let options: [String: String]
  let image: String?
  let price: Int
  let isInStock: Bool

  /// In the order of `VariantStore.list`.
  init(_ row: inout Row) throws {
    id = try row.next()
    sku = try row.next()
    let chosen = try JSONValue.parse(Array((try row.next() as String).utf8))
    options = Dictionary(
      (chosen.object?.members ?? []).map { ($0.key, $0.value.string ?? "") }
    ) { $1 }
    image = try row.next()
    price = try row.next()
    isInStock = try row.next()
  }
}

/// A row to be written to the products.
struct NewProduct {
  let id: ProductID
  let draft: ProductDraft
  let options: [ProductOption]
  let price: Int
  let currency: Currency

  /// What makes a slug unlike all others.
  static func slugEnding(_ id: ProductID) -> String { String(id.description.suffix(8)) }

  var json: JSONValue {
    [
      "id": .string(id.uuid.description), "shop_id": .string(draft.shop.uuid.description),
      "category_id": draft.category.map { .string($0.uuid.description) } ?? .null,
      "name": .string(draft.name), "ending": .string(Self.slugEnding(id)),
      "description": .string(draft.description),
      "images": .array(draft.images.map { .string($0) }), "attributes": draft.attributes,
      "options": .array(options.map(\.json)), "price": .integer(Int64(price)),
      "currency": .string(currency.rawValue), "status": .string(draft.status.rawValue),
    ]
  }
}

/// A row to be written to the variants, be it new or changed.
struct NewVariant {
  let id: VariantID
  let product: ProductID
  let shop: ShopID
  let sku: String
  let options: [String: String]
  let image: String?
  let price: Int
  let currency: Currency
  let position: Int
  let stock: Int

  var json: JSONValue {
    var chosen = JSONObject()
    for (name, value) in options { chosen[name] = .string(value) }
    return [
      "id": .string(id.uuid.description), "product_id": .string(product.uuid.description),
      "shop_id": .string(shop.uuid.description), "sku": .string(sku), "options": .object(chosen),
      "image": image.map { .string($0) } ?? .null, "price": .integer(Int64(price)),
      "currency": .string(currency.rawValue), "position": .integer(Int64(position)),
    ]
  }
}
