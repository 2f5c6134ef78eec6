import JSON
import Testing

/// Random documents from a fixed seed: a failure comes back on every run.
private struct RandomDocuments {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  /// SplitMix64.
  private mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var word = state
    word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
    word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
    return word ^ (word >> 31)
  }

  private mutating func below(_ bound: UInt64) -> UInt64 { next() % bound }

  mutating func value(depth: Int = 0) -> JSONValue {
    switch below(depth < 6 ? 8 : 5) {
    case 0: return .null
    case 1: return .bool(below(2) == 0)
    case 2: return .integer(Int64(truncatingIfNeeded: next() >> below(64)))
    case 3: return .decimal("\(Int32(truncatingIfNeeded: next())).\(below(1_000_000))e\(below(99))")
    case 4: return .string(string())
    case 5, 6: return .array((0..<below(5)).map { _ in value(depth: depth + 1) })
    default:
      var object = JSONObject()
      for _ in 0..<below(20) { object[string()] = value(depth: depth + 1) }
      return .object(object)
    }
  }

  private mutating func string() -> String {
    var text = ""
    for _ in 0..<below(12) { text.unicodeScalars.append(scalar()) }
    return text
  }

  private mutating func scalar() -> Unicode.Scalar {
    let highest: [UInt64] = [0x20, 0x80, 0x800, 0x1_0000, 0x11_0000]
    let value = UInt32(below(highest[Int(below(5))]))
    return value == 0 ? "a" : Unicode.Scalar(value) ?? "\u{fffd}"
  }

  /// A copy with one byte changed, added or taken away.
  mutating func damaged(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    let position = Int(below(UInt64(bytes.count)))
    switch below(3) {
    case 0: bytes[position] = UInt8(below(256))
    case 1: bytes.insert(UInt8(below(256)), at: position)
    default: bytes.remove(at: position)
    }
    return bytes
  }
}

@Suite struct JSONPropertyTests {
  @Test(arguments: [1, 2, 3, 4])
  func whatIsEncodedIsReadBackEqual(_ seed: UInt64) throws {
    var documents = RandomDocuments(seed: seed)
    for round in 0..<500 {
      let document = documents.value()
      let encoded = try JSONOutput.encode(document)
      #expect(encoded == document.bytes)
      let parsed = try JSONValue.parse(encoded)
      #expect(parsed == document, "round \(round)")
      #expect(parsed.bytes == encoded, "round \(round)")
    }
  }

  /// Either an error that points into the text, or a document that survives another round.
  @Test(arguments: [5, 6])
  func damagedDocumentsAreRefusedOrStillSound(_ seed: UInt64) throws {
    var documents = RandomDocuments(seed: seed)
    var refused = 0
    for _ in 0..<1000 {
      let bytes = documents.damaged(documents.value().bytes)
      do throws(JSONError) {
        let parsed = try JSONValue.parse(bytes)
        #expect(try JSONValue.parse(parsed.bytes) == parsed)
      } catch {
        refused += 1
        #expect((0...bytes.count).contains(error.offset))
      }
    }
    #expect(refused > 250)
  }
}
