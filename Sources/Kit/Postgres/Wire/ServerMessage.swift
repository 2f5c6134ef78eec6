/// What the server says: a kind, and a body that is read from its beginning.
struct ServerMessage {
  let kind: UInt8
  private(set) var rest: ArraySlice<UInt8>

  init(kind: UInt8, body: ArraySlice<UInt8>) {
    self.kind = kind
    rest = body
  }

  func isA(_ letter: Unicode.Scalar) -> Bool { kind == UInt8(ascii: letter) }

  mutating func byte() throws(PostgresError) -> UInt8 {
    guard let byte = rest.popFirst() else { throw Self.cut }
    return byte
  }

  mutating func number<Value: FixedWidthInteger>(
    _: Value.Type = Value.self
  ) throws(PostgresError) -> Value {
    let size = MemoryLayout<Value>.size
    guard rest.count >= size else { throw Self.cut }
    defer { rest.removeFirst(size) }
    return rest.prefix(size).reduce(0) { $0 << 8 | Value(truncatingIfNeeded: $1) }
  }

  /// Up to the zero byte.
  mutating func text() throws(PostgresError) -> String {
    guard let end = rest.firstIndex(of: 0) else { throw Self.cut }
    defer { rest = rest[(end + 1)...] }
    return String(decoding: rest[..<end], as: UTF8.self)
  }

  func unexpected() -> PostgresError {
    let letter = Character(Unicode.Scalar(kind))
    return PostgresError(.connectionLost, "the server sent '\(letter)', which nobody asked for")
  }

  private static let cut = PostgresError(.connectionLost, "the server's message ends too early")
}

/// The fields of an ErrorResponse. Details are left out: they quote whole rows, which must not
/// reach a log.
struct Refusal {
  private var fields: [UInt8: String] = [:]

  init(_ message: ServerMessage) throws(PostgresError) {
    var message = message
    while case let field = try message.byte(), field != 0 { fields[field] = try message.text() }
  }

  var sqlState: String? { self["C"] }

  /// A cached plan whose columns changed, or a name the server has forgotten.
  var isOfStaleStatement: Bool { sqlState == "0A000" || sqlState == "26000" }

  var error: PostgresError {
    let severity = self["V"] ?? self["S"] ?? "ERROR"
    let endsSession = severity == "FATAL" || severity == "PANIC"
    let code = sqlState.map(PostgresError.Code.init(sqlState:)) ?? .connectionLost
    return PostgresError(
      endsSession ? .connectionLost : code, "\(severity): \(self["M"] ?? "no reason given")",
      sqlState: sqlState, constraint: self["n"])
  }

  private subscript(_ field: Unicode.Scalar) -> String? { fields[UInt8(ascii: field)] }
}
