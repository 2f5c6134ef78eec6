import Catalog
import Core
import HTTP

// What the query of a list of products can say.

extension QueryString {
  static var textMax: Int { 200 }

  mutating func productFilter() -> ProductFilter {
    let filter = ProductFilter(
      shop: id("shop_id", ShopKind.self), category: id("category_id", CategoryKind.self),
      minPrice: number("min_price", in: 0...Money.amountMax),
      maxPrice: number("max_price", in: 0...Money.amountMax), inStock: flag("in_stock"),
      minRating: number("min_rating", in: 1...5), attributes: attributes())
    if let low = filter.minPrice, let high = filter.maxPrice, low > high {
      refuse("max_price", "out_of_range", "This must not be less than min_price.")
    }
    return filter
  }

  /// `attr.Color=Red`, any of the values where a name is given more than once.
  private mutating func attributes() -> [(name: String, values: [String])] {
    var chosen: [(name: String, values: [String])] = []
    for (name, value) in all(beginning: "attr.") {
      if let index = chosen.firstIndex(where: { $0.name == name }) {
        chosen[index].values.append(value)
      } else {
        chosen.append((name, [value]))
      }
    }
    guard chosen.count <= 5, chosen.allSatisfy({ $0.values.count <= 20 }) else {
      refuse("attr", "too_many", "At most 5 attributes with 20 values each can be asked for.")
      return []
    }
    return chosen
  }
}

extension Paging {
  func place(_ list: String, _ sort: ProductSort) throws -> ProductPlace? {
    try place(in: list) { values in
      guard values.count == 3, values[0] == sort.rawValue, let value = Int(values[1]),
        let id = ProductID(values[2])
      else { return nil }
      return ProductPlace(value: value, id: id)
    }
  }

  func cut(
    _ products: [PlacedProduct], of list: String, _ sort: ProductSort,
    sealing cursors: CursorSigner
  ) -> (products: [Product], meta: CursorMeta) {
    let (items, meta) = cut(products, sealing: cursors) {
      [list, sort.rawValue, String($0.place.value), $0.place.id.description]
    }
    return (items.map(\.product), meta)
  }
}
