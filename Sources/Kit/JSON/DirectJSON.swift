/// What writes itself, keys and all. For what an answer has by the hundred: the way through the
/// containers of `Encodable` takes two to three times as long.
package protocol DirectJSON: Encodable {
  /// Writes exactly one value.
  func write(to json: inout JSONWriter)
}

extension DirectJSON {
  /// Throws unless the encoder is `JSONOutput`.
  package func encode(to encoder: any Encoder) throws {
    guard let slot = encoder as? JSONSlot else {
      let context = EncodingError.Context(
        codingPath: encoder.codingPath, debugDescription: "only JSONOutput encodes this")
      throw EncodingError.invalidValue(self, context)
    }
    try slot.fill { write(to: &$0) }
  }
}
