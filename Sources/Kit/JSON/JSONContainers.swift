// The faces of `JSONSink` that `Encodable` knows. They are small enough to travel in an
// existential without an allocation. Where a generic function serves all numeric types of a
// protocol, the concrete ones beside it are there because they are fast.

struct JSONSlot: Encoder {
  let sink: JSONSink
  let place: JSONPlace

  var codingPath: [any CodingKey] { sink.with { $0.path(to: place.level) } }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    sink.with { $0.openContainer(place, isObject: true) }
    let verbatim = DictionaryKey.isKey(type)
    return KeyedEncodingContainer(JSONKeyedContainer<Key>(slot: self, verbatim: verbatim))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    sink.with { $0.openContainer(place, isObject: false) }
    return JSONUnkeyedContainer(slot: self)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer { self }

  func fill(_ write: (inout JSONWriter) -> Void) throws {
    try sink.with { try $0.fill(place, write) }
  }
}

extension JSONSlot: SingleValueEncodingContainer {
  func encodeNil() throws { try fill { $0.null() } }
  func encode(_ value: Bool) throws { try fill { $0.bool(value) } }
  func encode(_ value: String) throws { try fill { $0.string(value) } }

  func encode(_ value: some FixedWidthInteger & Encodable) throws {
    try fill { $0.integer(value) }
  }

  func encode(_ value: some BinaryFloatingPoint & Encodable & CustomStringConvertible) throws {
    guard value.isFinite else {
      let context = EncodingError.Context(
        codingPath: codingPath, debugDescription: "JSON has no form for \(value)")
      throw EncodingError.invalidValue(value, context)
    }
    try fill { $0.word(value.description) }
  }

  func encode(_ value: some Encodable) throws { try value.encode(to: self) }
}

struct JSONKeyedContainer<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let slot: JSONSlot
  let verbatim: Bool

  var codingPath: [any CodingKey] { slot.codingPath }

  func encodeNil(forKey key: Key) throws { try write(key) { $0.null() } }
  func encode(_ value: Bool, forKey key: Key) throws { try write(key) { $0.bool(value) } }
  func encode(_ value: String, forKey key: Key) throws { try write(key) { $0.string(value) } }
  func encode(_ value: Int, forKey key: Key) throws { try write(key) { $0.integer(value) } }
  func encode(_ value: Int64, forKey key: Key) throws { try write(key) { $0.integer(value) } }

  func encode(_ value: some Encodable, forKey key: Key) throws {
    let name = key.stringValue
    try slot.sink.encode(value) { try begin(name, &$0) }
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

  private func begin(_ name: String, _ state: inout JSONSinkState) throws {
    try state.beginMember(of: slot.place, name, verbatim: verbatim)
  }
  private func write(_ key: Key, _ value: (inout JSONWriter) -> Void) throws {
    let name = key.stringValue
    try slot.sink.with { state in
      try begin(name, &state)
      value(&state.writer)
    }
  }
  private func member(_ name: String) -> JSONSlot {
    slot.sink.slot { try begin(name, &$0) }
  }
}

struct JSONUnkeyedContainer: UnkeyedEncodingContainer {
  let slot: JSONSlot

  var codingPath: [any CodingKey] { slot.codingPath }
  var count: Int { slot.sink.with { $0.elementCount(of: slot.place) } }

  func encodeNil() throws {
    try slot.sink.with { state in
      try state.beginElement(of: slot.place)
      state.writer.null()
    }
  }
  func encode(_ value: some Encodable) throws {
    try slot.sink.encode(value) { try $0.beginElement(of: slot.place) }
  }

  func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type
  ) -> KeyedEncodingContainer<NestedKey> {
    element().container(keyedBy: type)
  }
  func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { element().unkeyedContainer() }
  func superEncoder() -> any Encoder { element() }

  private func element() -> JSONSlot {
    slot.sink.slot { try $0.beginElement(of: slot.place) }
  }
}
