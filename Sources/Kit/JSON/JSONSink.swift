/// What all containers of one encoding share: the bytes so far, and what stands open in them.
final class JSONSink {
  // SAFETY: accesses cannot overlap, since nothing inside `with` calls code from outside of this
  // module, and the sink stays on one thread. The check at run time, once or more per member,
  // was measured at an eighth of the time of a page.
  @exclusivity(unchecked) private var state = JSONSinkState()

  func with<Result>(_ body: (inout JSONSinkState) throws -> Result) rethrows -> Result {
    try unsafe body(&state)
  }

  /// Encodes `value` into the next slot, once `begin` has written what stands before it.
  func encode(_ value: some Encodable, after begin: (inout JSONSinkState) throws -> Void) throws {
    let place = try with { state in
      try begin(&state)
      return state.openSlot()
    }
    try value.encode(to: JSONSlot(sink: self, place: place))
    with { $0.close(to: place.level) }
  }

  /// A slot for an encoder or container that is filled later. Asking for it cannot throw, so a
  /// mistake is remembered.
  func slot(after begin: (inout JSONSinkState) throws -> Void) -> JSONSlot {
    with { state in
      do {
        try begin(&state)
        return JSONSlot(sink: self, place: state.openSlot())
      } catch {
        state.remember(error)
        return JSONSlot(sink: self, place: .nowhere)
      }
    }
  }
}

/// Where one value goes: a slot has a number of its own, and `level` containers around it.
struct JSONPlace {
  let level: Int
  let slot: Int

  static let nowhere = JSONPlace(level: 0, slot: 0)
}

/// `Encodable` never says that a container is finished. It is when its parent goes on, so every
/// container notes its level, and what is deeper is closed before anything is written.
struct JSONSinkState: ~Copyable {
  var writer = JSONWriter(reserving: 4096)
  private var open: [Frame] = []
  /// The slot that waits for its value; zero when none does.
  private var waiting = 0
  private var slots = 0
  private(set) var misuse: (any Error)?

  private struct Frame {
    let slot: Int
    let isObject: Bool
    /// The bytes of the last key, to tell where an error happened.
    var key = 0..<0
    var count = 0
  }

  init() { open.reserveCapacity(8) }

  mutating func openSlot() -> JSONPlace {
    slots += 1
    waiting = slots
    return JSONPlace(level: open.count, slot: slots)
  }

  /// Closes all containers from `level` on. A slot left without a value gets an empty object,
  /// as a type without properties is.
  mutating func close(to level: Int) {
    if waiting != 0 {
      writer.beginObject()
      writer.endObject()
      waiting = 0
    }
    while open.count > level {
      if open.removeLast().isObject { writer.endObject() } else { writer.endArray() }
    }
  }

  /// The value at this place is one word, number or string, or a tree.
  mutating func fill(_ place: JSONPlace, _ write: (inout JSONWriter) -> Void) throws {
    guard waiting == place.slot, waiting != 0 else { throw outOfOrder(place.level) }
    write(&writer)
    waiting = 0
  }

  /// The value at this place is an object or array. Asking again for the same kind goes on
  /// with the open one: that is how a class adds to what its superclass wrote.
  mutating func openContainer(_ place: JSONPlace, isObject: Bool) {
    if waiting == place.slot, waiting != 0 {
      waiting = 0
      if isObject { writer.beginObject() } else { writer.beginArray() }
      open.append(Frame(slot: place.slot, isObject: isObject))
    } else if !isOpen(place) || open[place.level].isObject != isObject {
      remember(outOfOrder(place.level))
    }
  }

  mutating func beginMember(of place: JSONPlace, _ name: String, verbatim: Bool) throws {
    guard isOpen(place) else { throw outOfOrder(place.level) }
    close(to: place.level + 1)
    let start = writer.count
    if verbatim { writer.key(name) } else { writer.key(snakeCase: name) }
    open[place.level].key = start..<writer.count
  }

  mutating func beginElement(of place: JSONPlace) throws {
    guard isOpen(place) else { throw outOfOrder(place.level) }
    close(to: place.level + 1)
    open[place.level].count += 1
  }

  func elementCount(of place: JSONPlace) -> Int {
    isOpen(place) ? open[place.level].count : 0
  }

  private func isOpen(_ place: JSONPlace) -> Bool {
    open.count > place.level && open[place.level].slot == place.slot
  }

  /// Only the first mistake tells what is wrong.
  mutating func remember(_ error: any Error) { misuse = misuse ?? error }

  private func outOfOrder(_ level: Int) -> EncodingError {
    let context = EncodingError.Context(
      codingPath: path(to: level),
      debugDescription: "a container was used after its parent had gone on")
    return EncodingError.invalidValue("container", context)
  }

  /// Read from what was written, so that it costs nothing until somebody asks.
  func path(to level: Int) -> [any CodingKey] {
    let bytes = writer.bytes
    return open.prefix(level).map { frame in
      guard frame.isObject else { return JSONPathKey(intValue: frame.count - 1) }
      let key = bytes[frame.key].drop { $0 == UInt8(ascii: ",") }
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
