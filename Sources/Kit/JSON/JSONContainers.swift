// The faces of `JSONSink` that `Encodable` knows. They are small enough to travel in an
// existential without an allocation. Where a generic function serves all numeric types of a
// protocol, the concrete ones beside it are there because they are fast.

struct JSONSlot: Encoder {
  let sink: JSONSink
  let level: Int
  let id: Int

  var codingPath: [any CodingKey] { sink.path(to: level) }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    sink.openContainer(self, isObject: true)
    let verbatim = DictionaryKey.isKey(type)
    return KeyedEncodingContainer(JSONKeyedContainer<Key>(slot: self, verbatim: verbatim))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    sink.openContainer(self, isObject: false)
    return JSONUnkeyedContainer(slot: self)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer { self }
}

extension JSONSlot: SingleValueEncodingContainer {
  func encodeNil() throws { try sink.fill(self) { $0.null() } }
  func encode(_ value: Bool) throws { try sink.fill(self) { $0.bool(value) } }
  func encode(_ value: String) throws { try sink.fill(self) { $0.string(value) } }

  func encode(_ value: some FixedWidthInteger & Encodable) throws {
    try sink.fill(self) { $0.integer(value) }
  }

  func encode(_ value: some BinaryFloatingPoint & Encodable & CustomStringConvertible) throws {
    guard value.isFinite else {
      let context = EncodingError.Context(
        codingPath: codingPath, debugDescription: "JSON has no form for \(value)")
      throw EncodingError.invalidValue(value, context)
    }
    try sink.fill(self) { $0.word(value.description) }
  }

  func encode(_ value: some Encodable) throws { try value.encode(to: self) }
}

struct JSONKeyedContainer<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let slot: JSONSlot
  let verbatim: Bool

  var codingPath: [any CodingKey] { slot.codingPath }

  private func begin(_ name: String) throws {
    try slot.sink.beginMember(of: slot, name, verbatim: verbatim)
  }

  func encodeNil(forKey key: Key) throws {
    try begin(key.stringValue)
    slot.sink.writer.null()
  }
  func encode(_ value: Bool, forKey key: Key) throws {
    try begin(key.stringValue)
    slot.sink.writer.bool(value)
  }
  func encode(_ value: String, forKey key: Key) throws {
    try begin(key.stringValue)
    slot.sink.writer.string(value)
  }
  func encode(_ value: Int, forKey key: Key) throws {
    try begin(key.stringValue)
    slot.sink.writer.integer(value)
  }
  func encode(_ value: Int64, forKey key: Key) throws {
    try begin(key.stringValue)
    slot.sink.writer.integer(value)
  }
  func encode(_ value: some Encodable, forKey key: Key) throws {
    try begin(key.stringValue)
    try slot.sink.encode(value)
  }

  func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type, forKey key: Key
  ) -> KeyedEncodingContainer<NestedKey> {
    member(key.stringValue).container(keyedBy: type)
  }
  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    member(key.stringValue).unkeyedContainer()
  }
  func superEncoder() -> any Encoder { member("super") }
  func superEncoder(forKey key: Key) -> any Encoder { member(key.stringValue) }

  private func member(_ name: String) -> JSONSlot { slot.sink.slot { try begin(name) } }
}

struct JSONUnkeyedContainer: UnkeyedEncodingContainer {
  let slot: JSONSlot

  var codingPath: [any CodingKey] { slot.codingPath }
  var count: Int { slot.sink.elementCount(of: slot) }

  func encodeNil() throws {
    try slot.sink.beginElement(of: slot)
    slot.sink.writer.null()
  }
  func encode(_ value: some Encodable) throws {
    try slot.sink.beginElement(of: slot)
    try slot.sink.encode(value)
  }

  func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type
  ) -> KeyedEncodingContainer<NestedKey> {
    element().container(keyedBy: type)
  }
  func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { element().unkeyedContainer() }
  func superEncoder() -> any Encoder { element() }

  private func element() -> JSONSlot { slot.sink.slot { try slot.sink.beginElement(of: slot) } }
}
