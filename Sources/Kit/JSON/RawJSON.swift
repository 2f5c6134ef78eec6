/// A text that is JSON already, such as a jsonb column: written as it stands, never read.
package struct RawJSON: Sendable, Equatable {
  package let text: String

  package init(_ text: String) { self.text = text }
}

extension RawJSON: Encodable {
  /// Throws unless the encoder is `JSONOutput`: no other writes what it has not read.
  package func encode(to encoder: any Encoder) throws {
    guard let slot = encoder as? JSONSlot else {
      let context = EncodingError.Context(
        codingPath: encoder.codingPath, debugDescription: "only JSONOutput encodes a RawJSON")
      throw EncodingError.invalidValue(self, context)
    }
    try slot.fill { $0.word(text) }
  }
}
