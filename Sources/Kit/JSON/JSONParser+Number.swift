extension JSONParser {
  /// An integer where it fits into 64 bits, otherwise the text as it stands.
  mutating func number() throws(JSONError) -> JSONValue {
    let start = position
    _ = take(UInt8(ascii: "-"))
    try wholePart()
    let endOfWhole = position
    if take(UInt8(ascii: ".")) { try digits(after: "the decimal point") }
    if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
      if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
      try digits(after: "the exponent")
    }
    guard position - start <= Self.maximumNumberLength else {
      let problem = "a number over \(Self.maximumNumberLength) characters"
      throw JSONError(.numberTooLong, at: start, problem)
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if position == endOfWhole, let value = Int64(text) { return .integer(value) }
    return .decimal(text)
  }

  private mutating func wholePart() throws(JSONError) {
    guard take(UInt8(ascii: "0")) else { return try digits(after: "the minus sign") }
    if let byte = current, isDigit(byte) {
      throw JSONError(.syntax, at: position, "a number begins with zero")
    }
  }

  private mutating func digits(after what: String) throws(JSONError) {
    guard let first = current, isDigit(first) else {
      throw unexpected(wanted: "a digit after \(what)")
    }
    while let byte = current, isDigit(byte) { position += 1 }
  }

  private func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}
