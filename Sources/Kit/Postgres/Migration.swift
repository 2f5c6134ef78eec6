internal import Core

/// One numbered step of the schema, forward only.
package struct Migration: Equatable, Sendable {
  package let number: Int
  package let name: String
  package let text: String

  package init(number: Int, name: String, text: String) {
    self.number = number
    self.name = name
    self.text = text
  }

  /// Tells whether a file was edited after it was applied. It guards against mistakes, not
  /// against malice, so the 64 bits of FNV-1a are enough.
  package var checksum: String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    var bytes = [UInt8]()
    bytes.append(bigEndian: hash)
    return Hex.encode(bytes)
  }
}

/// Why migrations cannot be read or applied.
package struct MigrationError: Error, Hashable, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}
