package import Core
internal import JSON

/// How many hits each choice would leave.
package struct Facets: Encodable, Sendable {
  package let categories: [Choice<CategoryKind>]
  package let shops: [Choice<ShopKind>]
  package let prices: [PriceRange]
  package let ratings: [Stars]
  package let attributes: [Attribute]

  package struct Choice<Kind: IDKind>: Encodable, Sendable {
    package let id: ID<Kind>
    package let name: String
    package let count: Int
  }

  /// Both ends belong to it.
  package struct PriceRange: Encodable, Sendable {
    package let currency: String
    package let from: Int
    package let to: Int
    package let count: Int
  }

  /// At least so many.
  package struct Stars: Encodable, Sendable {
    package let from: Int
    package let count: Int
  }

  package struct Attribute: Encodable, Sendable {
    package let name: String
    package let values: [Value]

    package struct Value: Encodable, Sendable {
      package let value: String
      package let count: Int
    }
  }

  /// From what `FacetDirectory.object` makes.
  init(json text: String) throws {
    let facets = try JSONValue.parse(Array(text.utf8))
    func list<Item>(_ name: String, _ read: (JSONValue) -> Item?) -> [Item] {
      (facets[name]?.array ?? []).compactMap(read)
    }
    categories = list("categories", Self.choice)
    shops = list("shops", Self.choice)
    prices = list("prices") {
      PriceRange(
        currency: $0["currency"]?.string ?? "", from: Self.number($0["from"]),
        to: Self.number($0["to"]), count: Self.number($0["count"]))
    }
    ratings = list("ratings") {
      Stars(from: Self.number($0["from"]), count: Self.number($0["count"]))
    }
    attributes = list("attributes") { attribute in
      Attribute(
        name: attribute["name"]?.string ?? "",
        values: (attribute["values"]?.array ?? []).map {
          Attribute.Value(value: $0["value"]?.string ?? "", count: Self.number($0["count"]))
        })
    }
  }

  private static func choice<Kind>(_ value: JSONValue) -> Choice<Kind>? {
    guard let digits = value["id"]?.string?.filter({ $0 != "-" }), let bytes = Hex.decode(digits),
      let uuid = UUID(bytes: bytes)
    else { return nil }
    return Choice(
      id: ID(uuid), name: value["name"]?.string ?? "", count: number(value["count"]))
  }

  private static func number(_ value: JSONValue?) -> Int { Int(value?.integer ?? 0) }
}
