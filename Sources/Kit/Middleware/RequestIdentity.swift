internal import Core
internal import HTTP

/// Gives the request its id and its place in a trace.
struct RequestIdentity: Middleware {
  func handle(_ call: Call, _ next: (Call) throws -> Response) throws -> Response {
    call.requestID = Self.acceptable(call.request[.requestID]) ?? Self.hex(call, 2)
    call.headers.append(.init("X-Request-Id", call.requestID))
    let given = call.request[.traceParent].flatMap(TraceContext.init(header:))
    call.trace = TraceContext(
      traceID: given?.traceID ?? Self.hex(call, 2), parentID: Self.hex(call, 1),
      flags: given?.flags ?? "01")
    return try next(call)
  }

  /// Only what can be searched in a log without quoting.
  private static func acceptable(_ text: String?) -> String? {
    guard let text, (1...128).contains(text.utf8.count) else { return nil }
    let isPlain = text.utf8.allSatisfy {
      (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0)
        || $0 == 45 || $0 == 46 || $0 == 95
    }
    return isPlain ? text : nil
  }

  private static func hex(_ call: Call, _ words: Int) -> String {
    Hex.encode(call.shared.ids.randomness.bytes(words * 8))
  }
}
