package import Core

/// W3C trace context: continued from the caller, or begun here.
package struct TraceContext: Sendable, Equatable {
  package let traceID: String
  package let parentID: String
  package let flags: String

  package init(traceID: String, parentID: String, flags: String) {
    self.traceID = traceID
    self.parentID = parentID
    self.flags = flags
  }

  /// Nil unless it is a well-formed `traceparent` of version 00.
  package init?(header: String) {
    let parts = header.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 4, parts[0] == "00",
      Self.isID(parts[1], 32), Self.isID(parts[2], 16), Self.isHex(parts[3], 2)
    else { return nil }
    self.init(traceID: String(parts[1]), parentID: String(parts[2]), flags: String(parts[3]))
  }

  /// What goes on: to the outbox, to sagas, to other systems.
  package var header: String { "00-\(traceID)-\(parentID)-\(flags)" }

  /// The header that continues a trace in a call to somebody else, with a place of its own in it.
  /// None for what is no trace.
  package static func headers(
    continuing header: String?, _ randomness: Randomness
  ) -> [(String, String)] {
    guard let trace = header.flatMap(TraceContext.init(header:)) else { return [] }
    let child = TraceContext(
      traceID: trace.traceID, parentID: Hex.encode(randomness.bytes(8)), flags: trace.flags)
    return [("traceparent", child.header)]
  }

  private static func isHex(_ text: Substring, _ count: Int) -> Bool {
    text.utf8.count == count
      && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
  }

  /// All zeros mean that there is no such id.
  private static func isID(_ text: Substring, _ count: Int) -> Bool {
    isHex(text, count) && text.utf8.contains { $0 != UInt8(ascii: "0") }
  }
}
