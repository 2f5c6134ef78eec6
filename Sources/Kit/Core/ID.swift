/// What an id names. The prefix keeps ids of different kinds apart, for readers and for code.
package protocol IDKind: Sendable {
  static var prefix: String { get }
}

/// A typed id: `usr_` and 26 characters outside, a UUID in Postgres.
package struct ID<Kind: IDKind>: Hashable, Comparable, Sendable, CustomStringConvertible {
  package let uuid: UUID

  package init(_ uuid: UUID) { self.uuid = uuid }

  /// Nil when the text is no id of this kind.
  package init?(_ text: some StringProtocol) {
    let prefix = Kind.prefix.utf8
    let text = text.utf8
    guard text.count == prefix.count + 27, text.starts(with: prefix),
      text.dropFirst(prefix.count).first == UInt8(ascii: "_"),
      let uuid = Base32.decode(text.dropFirst(prefix.count + 1))
    else { return nil }
    self.uuid = uuid
  }

  package var description: String {
    var bytes = Array(Kind.prefix.utf8)
    bytes.append(UInt8(ascii: "_"))
    bytes.append(contentsOf: Base32.encode(uuid))
    return String(decoding: bytes, as: UTF8.self)
  }

  package static func < (left: ID, right: ID) -> Bool { left.uuid < right.uuid }
}

extension ID: Encodable {
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
