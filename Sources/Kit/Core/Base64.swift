/// Base 64 as mail and logins write it (RFC 4648, section 4): padded, with `+` and `/`.
package enum Base64 {
  package static func encode(_ bytes: some Sequence<UInt8>) -> String {
    let text = Base64URL.encode(bytes)
    let usual = text.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 }
    return String(usual) + String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
  }

  /// As strict as `Base64URL`.
  package static func decode(_ text: some StringProtocol) -> [UInt8]? {
    let padding = text.utf8.reversed().prefix { $0 == UInt8(ascii: "=") }.count
    guard text.utf8.count % 4 == 0, padding < 3 else { return nil }
    var forURL = Array(text.utf8.dropLast(padding))
    for index in forURL.indices {
      switch forURL[index] {
      case UInt8(ascii: "+"): forURL[index] = UInt8(ascii: "-")
      case UInt8(ascii: "/"): forURL[index] = UInt8(ascii: "_")
      case UInt8(ascii: "-"), UInt8(ascii: "_"): return nil
      default: break
      }
    }
    return Base64URL.decode(forURL)
  }
}
