/// What an id names. The prefix keeps ids of different kinds apart, for readers and for code.
package protocol IDKind: Sendable {
  static var prefix: String { get }
}

/// A typed id: `usr_` and 26 characters outside, a UUID in Postgres.
package struct ID<Kind: IDKind>: Hashable, Comparable, Sendable, LosslessStringConvertible {
  package let uuid: UUID

  package init(_ uuid: UUID) { self.uuid = uuid }

  /// Nil when the text is no id of this kind.
  package init?(_ text: String) {
    guard let uuid = IDText.read(text, prefix: Kind.prefix) else { return nil }
    self.uuid = uuid
  }

  package var description: String { IDText.write(uuid, prefix: Kind.prefix) }

  package static func < (left: ID, right: ID) -> Bool { left.uuid < right.uuid }
}

/// The text of ids, outside the generic type so that it is compiled once.
private enum IDText {
  static func read(_ text: String, prefix: String) -> UUID? {
    let bytes = text.utf8
    let prefix = prefix.utf8
    guard bytes.count == prefix.count + 27, bytes.starts(with: prefix) else { return nil }
    let rest = bytes.dropFirst(prefix.count)
    guard rest.first == UInt8(ascii: "_") else { return nil }
    return Base32.decode(rest.dropFirst())
  }

  static func write(_ uuid: UUID, prefix: String) -> String {
    ASCII.text(prefix.utf8.count + 27) { text in
      text.append(prefix)
      text.append(UInt8(ascii: "_"))
      Base32.write(uuid, to: &text)
    }
  }
}
