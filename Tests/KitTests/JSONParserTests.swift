import JSON
import Testing

@Suite struct JSONParserTests {
  struct Refused: Sendable, CustomTestStringConvertible {
    let bytes: [UInt8]
    let code: String
    let offset: Int

    init(_ text: String, _ code: String, _ offset: Int) {
      self.init(Array(text.utf8), code, offset)
    }
    init(_ bytes: [UInt8], _ code: String, _ offset: Int) {
      self.bytes = bytes
      self.code = code
      self.offset = offset
    }
    var testDescription: String {
      "\(code) in \(String(decoding: bytes.prefix(40), as: UTF8.self))"
    }
  }

  static let syntax: [Refused] = [
    Refused("", "empty", 0),
    Refused(" \n\t\r", "empty", 4),
    Refused("{", "syntax", 1),
    Refused("[", "syntax", 1),
    Refused("[1", "syntax", 2),
    Refused("[1 2]", "syntax", 3),
    Refused("[1,]", "syntax", 3),
    Refused("[,1]", "syntax", 1),
    Refused("]", "syntax", 0),
    Refused("{}}", "trailing_bytes", 2),
    Refused("1 2", "trailing_bytes", 2),
    Refused("null\u{0}", "trailing_bytes", 4),
    Refused("{\"a\"}", "syntax", 4),
    Refused("{\"a\":}", "syntax", 5),
    Refused("{\"a\":1,}", "syntax", 7),
    Refused("{a:1}", "syntax", 1),
    Refused("{'a':1}", "syntax", 1),
    Refused("{1:1}", "syntax", 1),
    Refused("{\"a\" 1}", "syntax", 5),
    Refused("tru", "syntax", 0),
    Refused("True", "syntax", 0),
    Refused("nul", "syntax", 0),
    Refused("NaN", "syntax", 0),
    Refused("Infinity", "syntax", 0),
    Refused("// comment", "syntax", 0),
    Refused("[1]/* */", "trailing_bytes", 3),
    Refused([0xef, 0xbb, 0xbf, 0x31], "syntax", 0),
    Refused([0xfe, 0xff], "syntax", 0),
    Refused("\u{a0}1", "syntax", 0),
  ]

  static let numbers: [Refused] = [
    Refused("-", "syntax", 1),
    Refused("+1", "syntax", 0),
    Refused(".5", "syntax", 0),
    Refused("1.", "syntax", 2),
    Refused("1.e1", "syntax", 2),
    Refused("1e", "syntax", 2),
    Refused("1e+", "syntax", 3),
    Refused("1e+-2", "syntax", 3),
    Refused("01", "syntax", 1),
    Refused("-01", "syntax", 2),
    Refused("--1", "syntax", 1),
    Refused("0x10", "trailing_bytes", 1),
    Refused("1_000", "trailing_bytes", 1),
    Refused(String(repeating: "1", count: 65), "number_too_long", 0),
    Refused("[0.\(String(repeating: "1", count: 63))]", "number_too_long", 1),
  ]

  static let strings: [Refused] = [
    Refused("\"abc", "syntax", 0),
    Refused("\"abc\\\"", "syntax", 0),
    Refused("\"\\", "syntax", 2),
    Refused("\"\\x\"", "syntax", 2),
    Refused("\"\\u12\"", "syntax", 5),
    Refused("\"\\u12g4\"", "syntax", 5),
    Refused("\"a\nb\"", "control_character", 2),
    Refused("\"a\u{1f}\"", "control_character", 2),
    Refused("\"a\u{0}\"", "zero_character", 2),
    Refused("\"a\\u0000\"", "zero_character", 2),
    Refused("{\"a\\u0000\":1}", "zero_character", 3),
    Refused("\"\\ud800\"", "lone_surrogate", 1),
    Refused("\"\\udc00\"", "lone_surrogate", 1),
    Refused("\"\\ud800\\ud800\"", "lone_surrogate", 1),
    Refused("\"\\ud800\\n\"", "lone_surrogate", 1),
    Refused("\"\\ud800x\"", "lone_surrogate", 1),
    Refused("\"x\\udfff\\ud800\"", "lone_surrogate", 2),
  ]

  static let malformedUTF8: [[UInt8]] = [
    [0x80], [0xbf], [0xc0, 0x80], [0xc1, 0xbf], [0xc2], [0xc2, 0x20], [0xe0, 0x80, 0x80],
    [0xe0, 0x9f, 0xbf], [0xe2, 0x82], [0xed, 0xa0, 0x80], [0xed, 0xbf, 0xbf],
    [0xf0, 0x80, 0x80, 0x80], [0xf0, 0x8f, 0xbf, 0xbf], [0xf0, 0x9f, 0x98],
    [0xf4, 0x90, 0x80, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xfe], [0xff],
    [0xe2, 0x82, 0xc2, 0xa0],
  ]

  static let duplicates: [Refused] = [
    Refused("{\"a\":1,\"a\":1}", "duplicate_key", 7),
    Refused("{\"a\":1,\"\\u0061\":2}", "duplicate_key", 7),
    Refused("[{\"x\":{\"k\":1, \"k\":2}}]", "duplicate_key", 14),
  ]

  @Test(arguments: syntax + numbers + strings + duplicates)
  func refuses(_ refused: Refused) throws {
    let error = try #require(throws: JSONError.self) { try JSONValue.parse(refused.bytes) }
    #expect(error.code == refused.code)
    #expect(error.offset == refused.offset)
    #expect(error.message.hasSuffix("at byte \(refused.offset)"))
  }

  @Test(arguments: malformedUTF8)
  func refusesMalformedUTF8(_ bytes: [UInt8]) throws {
    let text = Array("[\"é".utf8) + bytes + Array("\"]".utf8)
    let error = try #require(throws: JSONError.self) { try JSONValue.parse(text) }
    #expect(error.code == "invalid_utf8")
    #expect((4...6).contains(error.offset))
  }

  @Test func namesTheDuplicateKey() throws {
    let text = Array("{\"price\":1,\"price\":2}".utf8)
    let error = try #require(throws: JSONError.self) { try JSONValue.parse(text) }
    #expect(error.message == "duplicate key \"price\" at byte 11")
  }

  @Test func findsADuplicateAmongManyKeysInTime() throws {
    let members = (0..<100_000).map { "\"k\($0)\":0" }
    let text = "{" + (members + ["\"k7\":1"]).joined(separator: ",") + "}"
    let error = try #require(throws: JSONError.self) { try JSONValue.parse(Array(text.utf8)) }
    #expect(error.code == "duplicate_key")
  }

  @Test func stopsAtThirtyTwoLevels() throws {
    func nested(_ depth: Int, _ open: String, _ close: String) -> [UInt8] {
      Array((repeated(open, depth) + "1" + repeated(close, depth)).utf8)
    }
    func repeated(_ text: String, _ count: Int) -> String { String(repeating: text, count: count) }

    _ = try JSONValue.parse(nested(32, "[", "]"))
    _ = try JSONValue.parse(nested(32, "{\"a\":", "}"))
    for deep in [nested(33, "[", "]"), nested(33, "{\"a\":", "}"), nested(100_000, "[", "]")] {
      let error = try #require(throws: JSONError.self) { try JSONValue.parse(deep) }
      #expect(error.code == "too_deep")
    }
  }

  static let accepted: [(String, JSONValue)] = [
    ("null", .null),
    (" true ", true),
    ("false", false),
    ("0", 0),
    ("-0", 0),
    ("9223372036854775807", .integer(.max)),
    ("-9223372036854775808", .integer(.min)),
    ("9223372036854775808", .decimal("9223372036854775808")),
    ("1.0", .decimal("1.0")),
    ("-0.10", .decimal("-0.10")),
    ("1E+2", .decimal("1E+2")),
    ("1e400", .decimal("1e400")),
    (String(repeating: "9", count: 64), .decimal(String(repeating: "9", count: 64))),
    ("\"\"", ""),
    ("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\u{8}\u{c}\n\r\t"),
    ("\"\\u00e9\\u20AC\"", "é€"),
    ("\"\\ud83d\\ude00\"", "😀"),
    ("\"\\udbff\\udfff\"", "\u{10ffff}"),
    ("\"x\\ny\u{7f}\u{2028}é😀\"", "x\ny\u{7f}\u{2028}é😀"),
    ("[]", []),
    ("{ }", [:]),
    ("[ 1 , [ ] ,{\"\":null}]", [1, [], ["": nil]]),
  ]

  @Test(arguments: accepted)
  func accepts(_ text: String, _ value: JSONValue) throws {
    #expect(try JSONValue.parse(Array(text.utf8)) == value)
  }
}

@Suite struct JSONValueTests {
  let answer: JSONValue = [
    "data": ["id": "prd_1", "tags": ["a", "b"], "stock": 3, "active": true, "note": nil]
  ]

  @Test func chainsSubscripts() {
    #expect(answer["data"]["id"].string == "prd_1")
    #expect(answer["data"]["tags"][1] == "b")
    #expect(answer["data"]["tags"].array?.count == 2)
    #expect(answer["data"]["stock"].integer == 3)
    #expect(answer["data"]["active"].bool == true)
    #expect(answer["data"]["note"] == .null)
    #expect(answer["data"]["missing"] == nil)
    #expect(answer["missing"]["id"]["deeper"][0] == nil)
    #expect(answer["data"]["tags"][2] == nil)
    #expect(answer["data"]["tags"][-1] == nil)
    #expect(answer["data"]["stock"].string == nil)
  }

  @Test func keepsTheOrderOfMembersAndIgnoresItInEquality() throws {
    let one = try JSONValue.parse(Array("{\"z\":1,\"a\":{\"c\":2,\"b\":3}}".utf8))
    let other = try JSONValue.parse(Array("{\"a\":{\"b\":3,\"c\":2},\"z\":1}".utf8))
    #expect(one.object?.members.map(\.key) == ["z", "a"])
    #expect(one == other)
    #expect(one.bytes != other.bytes)
    #expect(one != ["z": 1])
    #expect(one != ["z": 1, "a": ["c": 2, "b": 4]])
  }

  @Test func setsReplacesAndRemovesMembers() {
    var object = JSONObject()
    for number in 0..<20 { object["k\(number)"] = .integer(Int64(number)) }
    object["k3"] = nil
    object["k19"] = "last"
    object["missing"] = nil
    #expect(object.count == 19)
    #expect(object["k3"] == nil)
    #expect(object["k4"] == 4)
    #expect(object["k19"] == "last")
    for number in 4..<19 { object["k\(number)"] = nil }
    #expect(object.members.map(\.key) == ["k0", "k1", "k2", "k19"])
    #expect(object["k19"] == "last")
  }
}
