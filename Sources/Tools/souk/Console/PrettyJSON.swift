import JSON

/// JSON for people: two blanks for each level.
enum PrettyJSON {
  static func render(_ value: JSONValue, indent: String = "") -> String {
    let inner = indent + "  "
    switch value {
    case .array(let values) where !values.isEmpty:
      let lines = values.map { inner + render($0, indent: inner) }
      return "[\n\(lines.joined(separator: ",\n"))\n\(indent)]"
    case .object(let object) where !object.isEmpty:
      let lines = object.members.map { key, value in
        "\(inner)\(JSONValue.string(key)): \(render(value, indent: inner))"
      }
      return "{\n\(lines.joined(separator: ",\n"))\n\(indent)}"
    default:
      return value.description
    }
  }
}
