package import Core

/// What an array can hold as one parameter or one column: `[UInt8]` is bytea, the others are
/// Postgres arrays of one dimension.
package protocol ArrayElement {
  static var arrayBindType: UInt32 { get }
  static func bind(_ array: [Self], to binds: inout Binds)
  static func decodeArray(_ cell: borrowing Cell) throws(PostgresError) -> [Self]
}

/// What may be missing in an array: nil is NULL.
package protocol NullableElement: ArrayElement {
  static func bind(optionals array: [Self?], to binds: inout Binds)
}

extension Array: Bindable where Element: ArrayElement {
  package static var bindType: UInt32 { Element.arrayBindType }
  package func bind(to binds: inout Binds) { Element.bind(self, to: &binds) }
}

extension Array: Column where Element: ArrayElement {
  package static func decode(_ cell: borrowing Cell) throws(PostgresError) -> [Element] {
    try Element.decodeArray(cell)
  }
}

extension Optional: ArrayElement where Wrapped: NullableElement & Column {
  package static var arrayBindType: UInt32 { Wrapped.arrayBindType }
  package static func bind(_ array: [Wrapped?], to binds: inout Binds) {
    Wrapped.bind(optionals: array, to: &binds)
  }
}

extension UInt8: ArrayElement {
  package static var arrayBindType: UInt32 { TypeID.bytea }
  package static func bind(_ array: [UInt8], to binds: inout Binds) {
    binds.append(array, type: TypeID.bytea)
  }
  package static func decodeArray(_ cell: borrowing Cell) throws(PostgresError) -> [UInt8] {
    guard cell.type == TypeID.bytea else { throw cell.mismatch("bytes") }
    return unsafe Array(try cell.bytes())
  }
}

extension String: NullableElement {
  package static var arrayBindType: UInt32 { TypeID.inferred }

  package static func bind(_ array: [String], to binds: inout Binds) {
    bind(optionals: array, to: &binds)
  }

  /// As an array literal, so that Postgres infers the element type: text, citext or an enum.
  package static func bind(optionals array: [String?], to binds: inout Binds) {
    var literal = "{"
    for (index, element) in array.enumerated() {
      if index > 0 { literal += "," }
      guard let element else {
        literal += "NULL"
        continue
      }
      literal += "\""
      for character in element.unicodeScalars {
        if character == "\"" || character == "\\" { literal += "\\" }
        literal.unicodeScalars.append(character)
      }
      literal += "\""
    }
    binds.appendText(literal + "}")
  }
}

extension Int: NullableElement { package static var arrayBindType: UInt32 { TypeID.int8Array } }
extension Bool: NullableElement { package static var arrayBindType: UInt32 { TypeID.boolArray } }
extension UUID: NullableElement { package static var arrayBindType: UInt32 { TypeID.uuidArray } }
extension ID: NullableElement { package static var arrayBindType: UInt32 { TypeID.uuidArray } }
extension Timestamp: NullableElement {
  package static var arrayBindType: UInt32 { TypeID.timestamptzArray }
}

extension NullableElement where Self: Bindable {
  package static func bind(_ array: [Self], to binds: inout Binds) {
    bind(optionals: array, to: &binds)
  }

  /// The binary form: dimensions, whether NULLs occur, element type, length, lower bound, then
  /// every element after its length, which is -1 for NULL.
  package static func bind(optionals array: [Self?], to binds: inout Binds) {
    var elements = Binds()
    for element in array { element.bind(to: &elements) }
    var form = [UInt8]()
    form.append(bigEndian: array.isEmpty ? 0 as Int32 : 1)
    form.append(bigEndian: elements.holdsNull ? 1 as Int32 : 0)
    form.append(bigEndian: bindType)
    if !array.isEmpty {
      form.append(bigEndian: Int32(array.count))
      form.append(bigEndian: 1 as Int32)
    }
    form += elements.values
    binds.append(form, type: arrayBindType)
  }
}

extension ArrayElement where Self: Column {
  package static func decodeArray(_ cell: borrowing Cell) throws(PostgresError) -> [Self] {
    var reader = try ArrayReader(cell)
    var elements = [Self]()
    elements.reserveCapacity(reader.left)
    while let element = try reader.next() {
      elements.append(try Self.decode(element))
    }
    return elements
  }
}
