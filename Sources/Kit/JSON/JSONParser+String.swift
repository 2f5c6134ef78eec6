internal import Core

extension JSONParser {
  mutating func string() throws(JSONError) -> String {
    let opening = position
    position += 1
    var unescaped: [UInt8] = []
    var runStart = position
    while let byte = current {
      switch byte {
      case UInt8(ascii: "\""):
        let run = bytes[runStart..<position]
        position += 1
        if unescaped.isEmpty { return String(decoding: run, as: UTF8.self) }
        return String(decoding: unescaped + run, as: UTF8.self)
      case UInt8(ascii: "\\"):
        unescaped.append(contentsOf: bytes[runStart..<position])
        unescaped.append(contentsOf: try escape().utf8)
        runStart = position
      case 0:
        throw zeroCharacter(at: position)
      case 1..<0x20:
        throw JSONError(.controlCharacter, at: position, "an unescaped control character")
      case 0x20..<0x80:
        position += 1
      default:
        try skipMultibyteCharacter()
      }
    }
    throw JSONError(.syntax, at: opening, "a string without an end begins")
  }

  /// Postgres text cannot hold it, so that it is refused here, where the caller can be told.
  private func zeroCharacter(at offset: Int) -> JSONError {
    JSONError(.zeroCharacter, at: offset, "the character U+0000")
  }

  private mutating func skipMultibyteCharacter() throws(JSONError) {
    guard let length = UTF8Form.length(of: bytes[position...].prefix(4)) else {
      throw JSONError(.invalidUTF8, at: position, "a byte that is not UTF-8")
    }
    position += length
  }
}

// MARK: - Escapes

extension JSONParser {
  private mutating func escape() throws(JSONError) -> Unicode.Scalar {
    let start = position
    position += 1
    guard let letter = current else { throw unexpected(wanted: "an escape") }
    if letter == UInt8(ascii: "u") {
      position += 1
      return try unicodeEscape(from: start)
    }
    guard let scalar = Self.escapes[letter] else { throw unexpected(wanted: "an escape") }
    position += 1
    return scalar
  }

  private static let escapes: [UInt8: Unicode.Scalar] = [
    UInt8(ascii: "\""): "\"", UInt8(ascii: "\\"): "\\", UInt8(ascii: "/"): "/",
    UInt8(ascii: "b"): "\u{8}", UInt8(ascii: "f"): "\u{c}", UInt8(ascii: "n"): "\n",
    UInt8(ascii: "r"): "\r", UInt8(ascii: "t"): "\t",
  ]

  private mutating func unicodeEscape(from start: Int) throws(JSONError) -> Unicode.Scalar {
    let first = try fourHexDigits()
    if let scalar = Unicode.Scalar(first) {
      guard scalar != "\0" else { throw zeroCharacter(at: start) }
      return scalar
    }
    let lone = JSONError(.loneSurrogate, at: start, "half of a surrogate pair")
    guard first < 0xdc00, take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else { throw lone }
    let second = try fourHexDigits()
    guard (0xdc00...0xdfff).contains(second),
      let scalar = Unicode.Scalar(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00))
    else { throw lone }
    return scalar
  }

  private mutating func fourHexDigits() throws(JSONError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = current, let digit = Hex.value(of: byte) else {
        throw unexpected(wanted: "four hexadecimal digits")
      }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }
}

/// Table 3-7 of the Unicode standard: no overlong form, no surrogate, nothing over U+10FFFF.
private enum UTF8Form {
  /// The length of the character of two to four bytes that stands first; nil when it is none.
  static func length(of bytes: ArraySlice<UInt8>) -> Int? {
    guard let first = bytes.first, let (length, second) = form(first),
      bytes.count >= length, second.contains(bytes[bytes.startIndex + 1])
    else { return nil }
    let rest = bytes.prefix(length).dropFirst(2)
    return rest.allSatisfy { (0x80...0xbf).contains($0) } ? length : nil
  }

  /// What the first byte says: the length, and the values the second byte may take.
  private static func form(_ first: UInt8) -> (Int, ClosedRange<UInt8>)? {
    switch first {
    case 0xc2...0xdf: (2, 0x80...0xbf)
    case 0xe0: (3, 0xa0...0xbf)
    case 0xed: (3, 0x80...0x9f)
    case 0xe1...0xef: (3, 0x80...0xbf)
    case 0xf0: (4, 0x90...0xbf)
    case 0xf1...0xf3: (4, 0x80...0xbf)
    case 0xf4: (4, 0x80...0x8f)
    default: nil
    }
  }
}
