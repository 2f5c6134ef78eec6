package enum PercentCoding {
  /// Nil when an escape is broken or the bytes are not UTF-8.
  package static func decode(_ text: Substring, plusIsSpace: Bool) -> String? {
    guard text.utf8.contains(where: { $0 == 37 || $0 == 43 }) else { return String(text) }
    return bytes(of: text, plusIsSpace: plusIsSpace).flatMap {
      String(validating: $0, as: UTF8.self)
    }
  }

  /// Nil when an escape is broken.
  package static func bytes(of text: Substring, plusIsSpace: Bool = false) -> [UInt8]? {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(plusIsSpace && byte == UInt8(ascii: "+") ? 32 : byte)
        continue
      }
      guard let high = rest.popFirst().flatMap(Hex.value(of:)),
        let low = rest.popFirst().flatMap(Hex.value(of:))
      else { return nil }
      bytes.append(high << 4 | low)
    }
    return bytes
  }
}
