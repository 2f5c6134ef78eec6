import HTTP

/// The route table of one function as Swift: a row without a handler does not compile.
enum SwiftRoutes {
  static func render(_ function: String, _ table: RouteTable) -> String {
    let rows = table.routes(of: function)
    var rates: [RateClass] = []
    for row in rows where !rates.contains(row.spec.rate) { rates.append(row.spec.rate) }
    var text = """
      // Made from routes.json by `souk routes`. Change that file, not this one.
      internal import HTTP
      package import Middleware

      package let routes: [Route] = [

      """
    // The formatter wants a comma after the last of several, and none after a single one.
    text += rows.map(route).joined(separator: ",\n") + (rows.count == 1 ? "\n" : ",\n")
    text += "]\n"
    for rate in rates {
      text += """

        private let \(rateName(rate)) = RateClass(
          "\(rate.name)", by: .\(rate.by.rawValue), count: \(rate.count), \
        seconds: \(rate.seconds), burst: \(rate.burst))

        """
    }
    return text
  }

  private static func route(_ row: RouteTable.Row) -> String {
    let spec = row.spec
    var text = "  Route(\n    RouteSpec(\n"
    text += "      \"\(spec.method)\", \"\(spec.path)\", \"\(spec.operation)\",\n"
    text += "      access: .\(spec.access.rawValue), rate: \(rateName(spec.rate))"
    if spec.bodyBytesMax != 1_048_576 { text += ", bodyBytesMax: \(spec.bodyBytesMax)" }
    if spec.cacheSeconds != 0 { text += ", cacheSeconds: \(spec.cacheSeconds)" }
    if spec.idempotency != .none { text += ", idempotency: .\(spec.idempotency.rawValue)" }
    text += "),\n"
    if !row.also.isEmpty {
      text += "    also: [\(row.also.map { "\"\($0)\"" }.joined(separator: ", "))],\n"
    }
    return text + "    \(handlerName(spec.operation)))"
  }

  private static func rateName(_ rate: RateClass) -> String { "\(camelCase(rate.name))Rate" }

  static func handlerName(_ operation: String) -> String { camelCase(operation) }

  /// `get_user` lives in `GetUser.swift`.
  static func fileName(_ operation: String) -> String {
    let name = camelCase(operation)
    return name.prefix(1).uppercased() + name.dropFirst() + ".swift"
  }

  private static func camelCase(_ name: String) -> String {
    let words = name.split(separator: "_")
    return words.prefix(1).joined()
      + words.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
  }
}
