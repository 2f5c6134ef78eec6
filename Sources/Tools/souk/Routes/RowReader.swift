import HTTP
import JSON

/// Reads one row of the routes.
struct RowReader {
  private let value: JSONValue
  private let line: Int

  private static let keys: Set = [
    "method", "path", "operation", "function", "access", "rate", "body_bytes", "cache_seconds",
    "idempotency", "also",
  ]

  init(_ value: JSONValue, line: Int) {
    self.value = value
    self.line = line
  }

  func row(functions: Set<String>, rates: [String: RateClass]) throws -> RouteTable.Row {
    try RouteTable.refuseUnknown(value, Self.keys, line: line)
    let function = try text("function")
    guard functions.contains(function) else { throw fault("no function '\(function)' is declared") }
    let rateName = try text("rate")
    guard let rate = rates[rateName] else { throw fault("no rate '\(rateName)' is declared") }
    let access: RouteSpec.Access = try choice("access")
    if rate.by == .user, access == .public || access == .local {
      throw fault("rate '\(rateName)' counts by user, but access is '\(access.rawValue)'")
    }
    let also = value["also"]?.array?.compactMap(\.string) ?? []
    for path in also { try check(path: path) }
    return RouteTable.Row(
      spec: RouteSpec(
        try method(), try path(), try operation(), access: access, rate: rate,
        bodyBytesMax: try bound("body_bytes", 1...10_485_760, default: 1_048_576),
        cacheSeconds: try bound("cache_seconds", 0...86_400, default: 0),
        idempotency: value["idempotency"] == nil ? .none : try choice("idempotency")),
      function: function, also: also, line: line)
  }

  private func method() throws -> String {
    let method = try text("method")
    guard ["GET", "POST", "PUT", "DELETE"].contains(method) else {
      throw fault("method '\(method)' is not one of GET, POST, PUT, DELETE")
    }
    if method != "GET", value["cache_seconds"] != nil { throw fault("only GET can be cached") }
    return method
  }

  private func path() throws -> String {
    let path = try text("path")
    try check(path: path)
    return path
  }

  private func check(path: String) throws {
    guard path.hasPrefix("/"), path.utf8.count <= 200, !path.hasSuffix("/") else {
      throw fault("path '\(path)' must begin with a slash and not end with one")
    }
    for segment in path.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
      let name =
        segment.hasPrefix("{") && segment.hasSuffix("}") ? segment.dropFirst().dropLast() : segment
      let isPlain = name.utf8.allSatisfy {
        (97...122).contains($0) || (48...57).contains($0) || "-_.".utf8.contains($0)
      }
      guard !name.isEmpty, isPlain else { throw fault("path '\(path)' has a bad segment") }
    }
  }

  /// Becomes the name of a Swift function, of its file and of a metric.
  private func operation() throws -> String {
    let name = try text("operation")
    let isPlain = name.utf8.allSatisfy { (97...122).contains($0) || $0 == 95 }
    guard isPlain, !name.hasPrefix("_"), !name.hasSuffix("_"), name.utf8.count <= 60 else {
      throw fault("operation '\(name)' must be small letters and single underscores")
    }
    return name
  }

  private func text(_ name: String) throws -> String {
    guard let text = value[name]?.string, !text.isEmpty else { throw fault("'\(name)' is missing") }
    return text
  }

  private func bound(_ name: String, _ range: ClosedRange<Int>, default fallback: Int) throws -> Int
  {
    value[name] == nil
      ? fallback : try RouteTable.number(value, name, in: range, line: line)
  }

  private func choice<Choice: RawRepresentable & CaseIterable>(_ name: String) throws -> Choice
  where Choice.RawValue == String {
    let text = try text(name)
    guard let choice = Choice(rawValue: text) else {
      let choices = Choice.allCases.map(\.rawValue).joined(separator: ", ")
      throw fault("'\(name)' is '\(text)', not one of \(choices)")
    }
    return choice
  }

  private func fault(_ reason: String) -> RouteTableError { RouteTableError(line: line, reason) }
}
