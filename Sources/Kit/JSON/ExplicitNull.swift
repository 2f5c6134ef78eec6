/// An optional property that is written as `null` when it is nil. Without it a nil property is
/// left out:
///
///     struct Page: Encodable {
///       @ExplicitNull var nextCursor: String?
///     }
@propertyWrapper
package struct ExplicitNull<Wrapped: Encodable & Sendable>: Encodable, Sendable {
  package var wrappedValue: Wrapped?

  package init(wrappedValue: Wrapped?) { self.wrappedValue = wrappedValue }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if let wrappedValue {
      try container.encode(wrappedValue)
    } else {
      try container.encodeNil()
    }
  }
}

extension ExplicitNull: Equatable where Wrapped: Equatable {}
