import Catalog
import Core
import HTTP
import JSON
import Middleware

/// What is left out stays as it is. `variants` are all that the product shall have: those with an
/// `id` stay, others are new, and what is left out of them is archived.
@Sendable func updateProduct(_ call: Call) throws -> Response {
  let caller = try call.signedIn()
  let id = try call.id(ProductKind.self)
  let body: UpdateProductRequest = try call.body()
  return try call.write { transaction in
    let product = try call.catalogue.changeProduct(
      id, by: caller, body.changes, check: call.requireMatch, in: transaction)
    return try .data(product).tagged(version: product.version)
  }
}

struct UpdateProductRequest: RequestBody {
  let changes: ProductChanges

  init(_ fields: inout Fields) {
    changes = ProductChanges(
      name: fields.change("name") { $0.text($1, 1...200, .line) },
      description: fields.change("description") {
        $0.optionalText($1, 0...20_000, .prose) ?? ""
      },
      category: fields.change("category_id") { $0.optionalID($1, CategoryKind.self) },
      images: fields.change("images") { $0.images($1) },
      attributes: fields.change("attributes") { $0.attributes($1) },
      options: fields.options("options"), variants: fields.variants("variants"),
      price: fields.optionalMoney("price"),
      status: fields.optionalChoice("status", ProductStatus.self))
  }
}
