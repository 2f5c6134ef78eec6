import Core
import HTTP
import Inventory
import Middleware

/// Its shop sees everything, others see what they can buy.
@Sendable func getInventory(_ call: Call) throws -> Response {
  let product = try call.id(ProductKind.self)
  let shelves = try StockDirectory.shelves(of: product, in: call.database)
  if let owner = shelves.first?.owner, call.caller?.manages(whatIsOf: owner) == true {
    return try .data(InventoryAnswer(of: product, forItsShop: shelves))
      .tagged(version: shelves.version)
  }
  let offered = shelves.filter(\.isOffered)
  guard !offered.isEmpty else { throw Problem.notFound("There is no such product.") }
  return try .data(InventoryAnswer(of: product, forEverybody: offered))
    .tagged(version: shelves.version)
}
