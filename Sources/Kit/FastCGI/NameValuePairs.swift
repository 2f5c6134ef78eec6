internal import HTTP

/// Parameters as FastCGI sends them: the lengths of name and value, in one or four bytes each,
/// then both.
enum NameValuePairs {
  /// Throws when a length points past the end, and when a zero byte hides in a text: no web
  /// server sends one, and C code further down would cut the text there.
  static func read(_ bytes: ArraySlice<UInt8>) throws(ProtocolFault) -> [Request.Parameter] {
    var pairs: [Request.Parameter] = []
    pairs.reserveCapacity(32)
    var rest = bytes
    while !rest.isEmpty {
      let nameLength = try length(&rest)
      let valueLength = try length(&rest)
      let name = try text(nameLength, &rest)
      pairs.append(Request.Parameter(name, try text(valueLength, &rest)))
    }
    return pairs
  }

  private static func length(_ rest: inout ArraySlice<UInt8>) throws(ProtocolFault) -> Int {
    guard let first = rest.popFirst() else { throw .malformed }
    if first < 0x80 { return Int(first) }
    guard rest.count >= 3 else { throw .malformed }
    return rest.removingFirst(3).reduce(Int(first & 0x7f)) { $0 << 8 | Int($1) }
  }

  /// Bytes that are not UTF-8 become replacement characters.
  private static func text(_ count: Int, _ rest: inout ArraySlice<UInt8>) throws(ProtocolFault)
    -> String
  {
    guard rest.count >= count else { throw .malformed }
    let bytes = rest.removingFirst(count)
    guard !bytes.contains(0) else { throw .malformed }
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension ArraySlice<UInt8> {
  /// The first `count`, which must be there.
  mutating func removingFirst(_ count: Int) -> ArraySlice {
    defer { self = dropFirst(count) }
    return prefix(count)
  }
}
