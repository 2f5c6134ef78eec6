internal import Core

package enum PercentCoding {
  /// Nil when an escape is broken or the bytes are not UTF-8.
  package static func decode(_ text: Substring, plusIsSpace: Bool) -> String? {
    let source = text.utf8
    guard source.contains(where: { $0 == 37 || $0 == 43 }) else { return String(text) }
    var bytes: [UInt8] = []
    var index = source.startIndex
    while index < source.endIndex {
      let byte = source[index]
      index = source.index(after: index)
      guard byte == UInt8(ascii: "%") else {
        bytes.append(plusIsSpace && byte == UInt8(ascii: "+") ? 32 : byte)
        continue
      }
      guard let second = source.index(index, offsetBy: 2, limitedBy: source.endIndex),
        let high = Hex.value(of: source[index]),
        let low = Hex.value(of: source[source.index(after: index)])
      else { return nil }
      bytes.append(high << 4 | low)
      index = second
    }
    return String(validating: bytes, as: UTF8.self)
  }
}
