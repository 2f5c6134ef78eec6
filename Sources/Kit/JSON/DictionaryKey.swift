/// The key type that `Dictionary` encodes itself with. The standard library keeps it to itself,
/// so an empty dictionary is asked for it once, by encoding it into something that only listens.
enum DictionaryKey {
  static func isKey(_ type: any CodingKey.Type) -> Bool { ObjectIdentifier(type) == identifier }

  private static let identifier: ObjectIdentifier? = {
    let listener = Listener()
    do {
      try [String: Bool]().encode(to: listener)
    } catch {
      preconditionFailure("an empty dictionary did not encode: \(error)")
    }
    return listener.heard
  }()

  private final class Listener: Encoder {
    let codingPath: [any CodingKey] = []
    let userInfo: [CodingUserInfoKey: Any] = [:]
    private(set) var heard: ObjectIdentifier?
    private let nowhere = JSONSlot(sink: JSONSink(), place: .nowhere)

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
      heard = ObjectIdentifier(type)
      return KeyedEncodingContainer(JSONKeyedContainer<Key>(slot: nowhere, verbatim: true))
    }
    func unkeyedContainer() -> any UnkeyedEncodingContainer { nowhere.unkeyedContainer() }
    func singleValueContainer() -> any SingleValueEncodingContainer { nowhere }
  }
}
