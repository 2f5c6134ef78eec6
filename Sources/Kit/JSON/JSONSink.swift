/// The one buffer behind all containers of an encoding, and what stands open in it.
///
/// `Encodable` never says that a container is finished. It is when its parent goes on, so every
/// container notes its level, and what is deeper is closed before anything is written.
final class JSONSink {
  var writer = JSONWriter(reserving: 4096)
  private var open: [Frame] = []
  /// The slot that waits for its value, if any.
  private var waiting: Int?
  private var slots = 0
  /// Asking for a container cannot throw, so the first mistake there waits here.
  private(set) var misuse: EncodingError?

  private struct Frame {
    let slot: Int
    let isObject: Bool
    /// The bytes of the last key, to tell where an error happened.
    var key = 0..<0
    var count = 0
  }

  init() { open.reserveCapacity(8) }

  func encode(_ value: some Encodable) throws {
    let slot = openSlot()
    try value.encode(to: slot)
    close(to: slot.level)
  }

  /// The place for one value, after a key or in an array.
  func openSlot() -> JSONSlot {
    slots += 1
    waiting = slots
    return JSONSlot(sink: self, level: open.count, id: slots)
  }

  /// Closes all containers from `level` on. A slot left without a value gets an empty object,
  /// as a type without properties is.
  private func close(to level: Int) {
    if waiting != nil {
      writer.beginObject()
      writer.endObject()
      waiting = nil
    }
    while open.count > level {
      if open.removeLast().isObject { writer.endObject() } else { writer.endArray() }
    }
  }
}

// MARK: - What containers ask for

extension JSONSink {
  /// The value of a slot is one word or string.
  func fill(_ slot: JSONSlot, _ write: (inout JSONWriter) throws -> Void) throws {
    guard waiting == slot.id else { throw outOfOrder(slot.level) }
    try write(&writer)
    waiting = nil
  }

  /// The value of a slot is an object or array. Asking again for the same kind goes on with
  /// the open one: that is how a class adds to what its superclass wrote.
  func openContainer(_ slot: JSONSlot, isObject: Bool) {
    if waiting == slot.id {
      waiting = nil
      if isObject { writer.beginObject() } else { writer.beginArray() }
      open.append(Frame(slot: slot.id, isObject: isObject))
    } else if !isOpen(slot) || open[slot.level].isObject != isObject {
      misuse = misuse ?? outOfOrder(slot.level)
    }
  }

  func beginMember(of slot: JSONSlot, _ name: String, verbatim: Bool) throws {
    guard isOpen(slot) else { throw outOfOrder(slot.level) }
    close(to: slot.level + 1)
    let start = writer.bytes.count
    if verbatim { writer.key(name) } else { writer.key(snakeCase: name) }
    open[slot.level].key = start..<writer.bytes.count
  }

  func beginElement(of slot: JSONSlot) throws {
    guard isOpen(slot) else { throw outOfOrder(slot.level) }
    close(to: slot.level + 1)
    open[slot.level].count += 1
  }

  func elementCount(of slot: JSONSlot) -> Int {
    isOpen(slot) ? open[slot.level].count : 0
  }

  /// Where asking cannot throw: the mistake is remembered.
  func slot(_ begin: () throws -> Void) -> JSONSlot {
    do {
      try begin()
    } catch {
      misuse = misuse ?? error as? EncodingError
      return JSONSlot(sink: self, level: open.count, id: 0)
    }
    return openSlot()
  }

  private func isOpen(_ slot: JSONSlot) -> Bool {
    open.count > slot.level && open[slot.level].slot == slot.id
  }

  private func outOfOrder(_ level: Int) -> EncodingError {
    EncodingError.invalidValue(
      "container",
      EncodingError.Context(
        codingPath: path(to: level),
        debugDescription: "a container was used after its parent had gone on"))
  }

  /// Read from what was written, so that it costs nothing until somebody asks.
  func path(to level: Int) -> [any CodingKey] {
    open.prefix(level).map { frame in
      guard frame.isObject else { return JSONPathKey(intValue: frame.count - 1) }
      let key = writer.bytes[frame.key].drop { $0 == UInt8(ascii: ",") }
      return JSONPathKey(stringValue: String(decoding: key.dropFirst().dropLast(2), as: UTF8.self))
    }
  }
}

private struct JSONPathKey: CodingKey {
  let stringValue: String
  let intValue: Int?

  init(stringValue: String) {
    self.stringValue = stringValue
    intValue = nil
  }

  init(intValue: Int) {
    stringValue = "\(intValue)"
    self.intValue = intValue
  }
}
