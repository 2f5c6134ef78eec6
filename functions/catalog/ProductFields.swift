import Catalog
import Core
import HTTP
import JSON

// What a seller may say of a product, read from a body.

extension Fields {
  static let stockMax = 1_000_000_000

  mutating func images(_ name: String) -> [String] {
    let images = optionalTexts(name, count: 0...20) ?? []
    for image in images where !TextRule.webAddress.holds(image) || image.utf8.count > 2048 {
      refuse(name, TextRule.webAddress.code, "Each must be an http or https address.")
      return []
    }
    return images
  }

  mutating func options(_ name: String) -> [ProductOption]? {
    guard value(name) != nil else { return nil }
    return items(name, count: 0...3, OptionFields.self).map(\.option)
  }

  mutating func variants(_ name: String) -> [VariantDraft]? {
    guard value(name) != nil else { return nil }
    return items(name, count: 1...100, VariantFields.self).map(\.draft)
  }

  mutating func shortTexts(_ name: String, count: ClosedRange<Int>) -> [String] {
    let texts = optionalTexts(name, count: count) ?? []
    for text in texts where !TextRule.line.holds(text) || text.unicodeScalars.count > 100 {
      refuse(name, TextRule.line.code, "Each must be a line of 1 to 100 characters.")
      return []
    }
    return texts
  }

  /// At most 50 of them, each a text, a number, true or false, or a list of such.
  mutating func attributes(_ name: String) -> JSONValue {
    guard let value = value(name) else { return [:] }
    guard case .object(let members) = value else {
      refuse(name, "wrong_type", "This must be an object.")
      return [:]
    }
    guard members.count <= 50 else {
      refuse(name, "too_many", "There may be at most 50 attributes.")
      return [:]
    }
    for (key, value) in members.members where !isAttribute(key, value) {
      refuse(
        name, "invalid_attribute",
        "Names have 1 to 50 characters; values are texts of at most 200 characters, plain numbers,"
          + " true, false, or lists of at most 20 such.")
      return [:]
    }
    return value
  }

  private func isAttribute(_ key: String, _ value: JSONValue) -> Bool {
    guard (1...50).contains(key.unicodeScalars.count), TextRule.line.holds(key) else {
      return false
    }
    if case .array(let values) = value {
      return values.count <= 20 && values.allSatisfy(isPlain)
    }
    return isPlain(value)
  }

  private func isPlain(_ value: JSONValue) -> Bool {
    switch value {
    case .bool, .integer: true
    case .decimal(let text): text.utf8.count <= 30 && !text.contains { "eE".contains($0) }
    case .string(let text): text.unicodeScalars.count <= 200 && TextRule.blankableLine.holds(text)
    default: false
    }
  }
}

private struct OptionFields: RequestBody {
  let option: ProductOption

  init(_ fields: inout Fields) {
    if fields.value("values") == nil {
      fields.refuse("values", "required", "This field is required.")
    }
    option = ProductOption(
      name: fields.text("name", 1...50, .line),
      values: fields.shortTexts("values", count: 1...100))
  }
}

private struct VariantFields: RequestBody {
  let draft: VariantDraft

  init(_ fields: inout Fields) {
    draft = VariantDraft(
      id: fields.optionalID("id", VariantKind.self),
      sku: fields.optionalText("sku", 1...64, .line), options: Self.options(&fields),
      price: fields.optionalMoney("price"),
      image: fields.change("image") { $0.optionalText($1, 8...2048, .webAddress) },
      stock: fields.optionalInteger("stock", in: 0...Fields.stockMax) ?? 0)
  }

  private static func options(_ fields: inout Fields) -> [String: String]? {
    guard let value = fields.value("options") else { return nil }
    var options: [String: String] = [:]
    for (name, value) in value.object?.members ?? [] { options[name] = value.string }
    guard let members = value.object, options.count == members.count else {
      fields.refuse("options", "wrong_type", "This must be an object of texts.")
      return nil
    }
    guard options.count <= 3, options.allSatisfy({ isLine($0, 50) && isLine($1, 100) }) else {
      fields.refuse(
        "options", "invalid_options",
        "There may be 3 options, with names of 1 to 50 and values of 1 to 100 characters.")
      return nil
    }
    return options
  }

  private static func isLine(_ text: String, _ most: Int) -> Bool {
    text.unicodeScalars.count <= most && TextRule.line.holds(text)
  }
}
