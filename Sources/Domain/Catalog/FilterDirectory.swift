internal import Core
internal import JSON
internal import Postgres

/// What can be chosen among the hits of a search.
enum Facet: Equatable {
  case category, shop, price, rating
  case attribute(String)
}

/// A filter as conditions on `catalog.products AS p`.
enum FilterDirectory {
  static func all(_ filter: ProductFilter, except facet: Facet?) -> SQL {
    var condition: SQL = ""
    if let shop = filter.shop, facet != .shop {
      condition = "\(condition) AND p.shop_id = \(shop)"
    }
    if let category = filter.category, facet != .category {
      condition = "\(condition) AND \(ProductDirectory.belongs(to: category))"
    }
    if let isIn = filter.inStock { condition = "\(condition) AND p.in_stock = \(isIn)" }
    if facet != .price {
      if let price = filter.minPrice { condition = "\(condition) AND p.price >= \(price)" }
      if let price = filter.maxPrice { condition = "\(condition) AND p.price <= \(price)" }
    }
    if let stars = filter.minRating, facet != .rating {
      condition = "\(condition) AND p.rating >= \(stars * 100)"
    }
    return "\(condition) \(attributes(filter, except: facet))"
  }

  static func attributes(_ filter: ProductFilter, except facet: Facet? = nil) -> SQL {
    var condition: SQL = ""
    for (name, values) in filter.attributes where facet != .attribute(name) {
      let wanted = values.flatMap { contained(name, $0) }
      condition = "\(condition) AND p.attributes @> ANY (\(wanted)::jsonb[])"
    }
    return condition
  }

  /// The facets by which it is filtered.
  static func chosen(_ filter: ProductFilter) -> [Facet] {
    var facets: [Facet] = []
    if filter.category != nil { facets.append(.category) }
    if filter.shop != nil { facets.append(.shop) }
    if filter.minPrice != nil || filter.maxPrice != nil { facets.append(.price) }
    if filter.minRating != nil { facets.append(.rating) }
    return facets + filter.attributes.map { .attribute($0.name) }
  }

  /// A query knows texts only, where a seller may have written a number, or true, or a list.
  private static func contained(_ name: String, _ value: String) -> [String] {
    var forms: [JSONValue] = [.string(value)]
    if value == "true" || value == "false" { forms.append(.bool(value == "true")) }
    if let number = Int64(value) {
      forms.append(.integer(number))
    } else if let number = Double(value), number.isFinite, value.utf8.count <= 30,
      value.utf8.allSatisfy({ (48...57).contains($0) || $0 == 45 || $0 == 46 }),
      value.utf8.first != 46, value.utf8.last != 46
    {
      forms.append(.decimal(value))
    }
    return forms.flatMap { form in
      [form, .array([form])].map { inner in
        var object = JSONObject()
        object[name] = inner
        return JSONValue.object(object).description
      }
    }
  }
}
