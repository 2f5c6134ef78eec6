package import Core
package import HTTP
package import JSON

/// One way in which the variants of a product differ, with its values in the seller's order.
package struct ProductOption: Sendable, Equatable {
  package let name: String
  package let values: [String]

  package init(name: String, values: [String]) {
    self.name = name
    self.values = values
  }

  var json: JSONValue {
    ["name": .string(name), "values": .array(values.map { .string($0) })]
  }

  /// Back from what `json` wrote.
  static func list(_ text: String) throws -> [ProductOption] {
    (try JSONValue.parse(Array(text.utf8)).array ?? []).map {
      ProductOption(
        name: $0["name"]?.string ?? "", values: ($0["values"]?.array ?? []).compactMap(\.string))
    }
  }
}

/// What a seller says of a variant. In a change, what is nil stays as it is.
package struct VariantDraft: Sendable {
  /// Nil for one that is new.
  package let id: VariantID?
  package var sku: String?
  package var options: [String: String]?
  package var price: Money?
  package var image: Change<String?>
  package let stock: Int

  package init(
    id: VariantID? = nil, sku: String? = nil, options: [String: String]? = nil,
    price: Money? = nil, image: Change<String?> = .unchanged, stock: Int = 0
  ) {
    self.id = id
    self.sku = sku
    self.options = options
    self.price = price
    self.image = image
    self.stock = stock
  }
}

/// What a seller says of a new product.
package struct ProductDraft: Sendable {
  package let shop: ShopID
  package let name: String
  package let description: String
  package let category: CategoryID?
  package let price: Money?
  package let images: [String]
  package let attributes: JSONValue
  package let options: [ProductOption]
  /// Without any it gets one, which is the product itself.
  package let variants: [VariantDraft]
  package let status: ProductStatus

  package init(
    shop: ShopID, name: String, description: String, category: CategoryID?, price: Money?,
    images: [String], attributes: JSONValue, options: [ProductOption], variants: [VariantDraft],
    status: ProductStatus
  ) {
    self.shop = shop
    self.name = name
    self.description = description
    self.category = category
    self.price = price
    self.images = images
    self.attributes = attributes
    self.options = options
    self.variants = variants
    self.status = status
  }
}

/// What a PUT may change about a product.
package struct ProductChanges: Sendable {
  package let name: Change<String>
  package let description: Change<String>
  package let category: Change<CategoryID?>
  package let images: Change<[String]>
  package let attributes: Change<JSONValue>
  package let options: [ProductOption]?
  /// All it shall have from now on.
  package let variants: [VariantDraft]?
  /// Of every variant that is not given one of its own.
  package let price: Money?
  package let status: ProductStatus?

  package init(
    name: Change<String>, description: Change<String>, category: Change<CategoryID?>,
    images: Change<[String]>, attributes: Change<JSONValue>, options: [ProductOption]?,
    variants: [VariantDraft]?, price: Money?, status: ProductStatus?
  ) {
    self.name = name
    self.description = description
    self.category = category
    self.images = images
    self.attributes = attributes
    self.options = options
    self.variants = variants
    self.price = price
    self.status = status
  }

  var touchesVariants: Bool { options != nil || variants != nil || price != nil }
}
