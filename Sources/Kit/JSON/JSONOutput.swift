/// Encodes any `Encodable` as JSON.
///
/// Properties in camel case become keys in snake case; keys of dictionaries and of `JSONValue`
/// stay as they are. A nil property is left out, unless it is an `ExplicitNull`.
///
/// Foundation's encoder builds a tree first and needs two to three times as long as a whole list
/// page may take. This one writes the bytes as the values come, which asks one thing of hand
/// written `encode(to:)`: a nested container must be filled before its parent goes on.
package enum JSONOutput {
  /// Throws `EncodingError.invalidValue` for a floating point number that JSON has no form for
  /// and for containers filled out of order, and whatever an `encode(to:)` of `value` throws.
  package static func encode(_ value: some Encodable) throws -> [UInt8] {
    let sink = JSONSink()
    try sink.encode(value) { _ in }
    return try sink.with { state in
      if let misuse = state.misuse { throw misuse }
      return state.writer.bytes
    }
  }
}

extension JSONValue: Encodable {
  /// Throws unless the encoder is `JSONOutput`: no other can write a decimal as it stands.
  package func encode(to encoder: any Encoder) throws {
    guard let slot = encoder as? JSONSlot else {
      let context = EncodingError.Context(
        codingPath: encoder.codingPath, debugDescription: "only JSONOutput encodes a JSONValue")
      throw EncodingError.invalidValue(self, context)
    }
    try slot.fill { $0.value(self) }
  }
}

extension JSONObject: Encodable {
  package func encode(to encoder: any Encoder) throws {
    try JSONValue.object(self).encode(to: encoder)
  }
}
