import Catalog
import Core
import HTTP
import JSON
import Middleware

/// One product, or a list of up to 100: all of them or none.
@Sendable func createProducts(_ call: Call) throws -> Response {
  let caller = try call.signedIn()
  let (bodies, isBulk) = try call.bodies(CreateProductRequest.self, upTo: 100)
  return try call.write { transaction in
    let products = try call.catalogue.createProducts(
      bodies.map(\.draft), isBulk: isBulk, by: caller, in: transaction)
    guard !isBulk, let product = products.first else {
      return try .created(products, at: "/api/v1/products")
    }
    return try .created(product, at: "/api/v1/products/\(product.id)")
      .tagged(version: product.version)
  }
}

struct CreateProductRequest: RequestBody {
  /// A new product is not archived.
  enum Status: String, CaseIterable {
    case draft, active
  }

  let draft: ProductDraft

  init(_ fields: inout Fields) {
    let shop = fields.optionalID("shop_id", ShopKind.self)
    if fields.value("shop_id") == nil {
      fields.refuse("shop_id", "required", "This field is required.")
    }
    let name = fields.text("name", 1...200, .line)
    let description = fields.optionalText("description", 0...20_000, .prose) ?? ""
    let category = fields.optionalID("category_id", CategoryKind.self)
    let price = fields.optionalMoney("price")
    let images = fields.images("images")
    let attributes = fields.attributes("attributes")
    let options = fields.options("options") ?? []
    let variants = fields.variants("variants")
    let stock = fields.optionalInteger("stock", in: 0...Fields.stockMax)
    if variants == nil, fields.value("variants") == nil, fields.value("price") == nil {
      fields.refuse("price", "required", "This field is required.")
    }
    if fields.value("variants") != nil, stock != nil {
      fields.refuse("stock", "stock_of_variants", "Tell the stock of each variant instead.")
    }
    let status = fields.optionalChoice("status", Status.self) ?? .active
    draft = ProductDraft(
      shop: shop ?? .nobody, name: name, description: description, category: category,
      price: price, images: images, attributes: attributes, options: options,
      variants: variants ?? [VariantDraft(stock: stock ?? 0)],
      status: status == .active ? .active : .draft)
  }
}

extension ID {
  /// Stands in for an id that was refused.
  fileprivate static var nobody: ID { ID(UUID(high: 0, low: 0)) }
}
