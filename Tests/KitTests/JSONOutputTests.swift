import JSON
import Testing

@Suite struct JSONOutputTests {
  private func text(_ value: some Encodable) throws -> String {
    String(decoding: try JSONOutput.encode(value), as: UTF8.self)
  }

  @Test func writesKeysInSnakeCase() throws {
    struct Names: Encodable {
      let fullName = 1, ownerID = 2, baseURLText = 3, x = 4, line1Text = 5, already_snake = 6
      let aB = 7, URL = 8
    }
    let keys = try JSONValue.parse(JSONOutput.encode(Names())).object?.members.map(\.key)
    let expected = [
      "full_name", "owner_id", "base_url_text", "x", "line1_text", "already_snake", "a_b", "url",
    ]
    #expect(keys == expected)
  }

  @Test func leavesKeysOfDictionariesAndTreesAlone() throws {
    struct Product: Encodable {
      let attributes = ["screenSize": "6\""]
      let byNumber = [7: ["innerKey": true]]
      let rawTree: JSONValue = ["camelCase": 1]
      let rawObject: JSONObject = ["camelCase": 1]
    }
    let expected = """
      {"attributes":{"screenSize":"6\\""},"by_number":{"7":{"innerKey":true}},\
      "raw_tree":{"camelCase":1},"raw_object":{"camelCase":1}}
      """
    #expect(try text(Product()) == expected)
  }

  @Test func leavesNilOutUnlessItIsExplicit() throws {
    struct User: Encodable, Equatable, Sendable {
      var nickName: String?
      @ExplicitNull var phone: String?
      @ExplicitNull var avatarURL: String?
    }
    #expect(try text(User(phone: nil, avatarURL: "a")) == #"{"phone":null,"avatar_url":"a"}"#)
    #expect(try text([1, nil, 3]) == "[1,null,3]")
    #expect(try text(String?.none) == "null")
    #expect(try text(["a": Int?.none]) == #"{"a":null}"#)
  }

  @Test func escapesOnlyWhatMustBeEscaped() throws {
    let hard = "\"\\/\n\r\t\u{0}\u{1}\u{1f}\u{7f}é\u{2028}\u{2029}😀"
    let expected = #""\"\\/\n\r\t\u0000\u0001\u001f"# + "\u{7f}é\u{2028}\u{2029}😀\""
    #expect(try text(hard) == expected)
    #expect(try text(["\"\n": 1]) == #"{"\"\n":1}"#)
  }

  @Test func writesEveryKindOfNumber() throws {
    struct Numbers: Encodable {
      let int = Int.min, int8 = Int8.min, int16 = Int16.max, int32 = Int32.min, int64 = Int64.max
      let uint = UInt.max, uint8 = UInt8.max, uint16 = UInt16.max, uint32 = UInt32.max
      let uint64 = UInt64.max, double = 0.1, float = Float(2.5), zero = 0
      let decimal = JSONValue.decimal("12345678901234567890.10")
    }
    let expected = """
      {"int":-9223372036854775808,"int8":-128,"int16":32767,"int32":-2147483648,\
      "int64":9223372036854775807,"uint":18446744073709551615,"uint8":255,"uint16":65535,\
      "uint32":4294967295,"uint64":18446744073709551615,"double":0.1,"float":2.5,"zero":0,\
      "decimal":12345678901234567890.10}
      """
    #expect(try text(Numbers()) == expected)
    for number in [1e-7, 1e21, -0.0, Double.leastNonzeroMagnitude, Double.greatestFiniteMagnitude] {
      let digits = try text(number)
      #expect(try JSONValue.parse(Array(digits.utf8)) == .decimal(digits))
      #expect(Double(digits) == number)
    }
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity])
  func refusesNumbersWithoutAFormAndSaysWhere(_ number: Double) throws {
    struct Rating: Encodable { let averageValue: Double }
    struct Page: Encodable { let items: [Rating] }
    let error = try #require(throws: EncodingError.self) {
      try JSONOutput.encode(Page(items: [Rating(averageValue: 1), Rating(averageValue: number)]))
    }
    guard case .invalidValue(_, let context) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(context.codingPath.map(\.stringValue) == ["items", "1", "average_value"])
  }

  @Test func writesTypesWithoutPropertiesAndEmptyCollections() throws {
    struct Empty: Encodable {}
    struct Silent: Encodable { func encode(to encoder: any Encoder) {} }
    struct All: Encodable {
      let empty = Empty(), silent = Silent(), list = [Int](), map = [String: Int]()
      let lists = [[Int](), [1]]
    }
    #expect(
      try text(All()) == #"{"empty":{},"silent":{},"list":[],"map":{},"lists":[[],[1]]}"#)
  }

  @Test func addsWhatASubclassAndAFlattenedValueWrite() throws {
    class Base: Encodable { let baseName = "b" }
    final class Derived: Base {
      let own = [1, 2]
      enum Keys: CodingKey { case own, last }
      override func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Keys.self)
        try container.encode(own, forKey: .own)
        try super.encode(to: encoder)
        try container.encode("z", forKey: .last)
      }
    }
    #expect(try text([Derived()]) == #"[{"own":[1,2],"base_name":"b","last":"z"}]"#)
  }

  @Test func writesNestedContainersAndSuperEncoders() throws {
    struct Nested: Encodable {
      enum Keys: CodingKey { case innerPart, list, mySuper, after }
      func encode(to encoder: any Encoder) throws {
        var outer = encoder.container(keyedBy: Keys.self)
        var inner = outer.nestedContainer(keyedBy: Keys.self, forKey: .innerPart)
        try inner.encode(1, forKey: .after)
        var list = outer.nestedUnkeyedContainer(forKey: .list)
        try list.encodeNil()
        try list.encode("x")
        var pair = list.nestedContainer(keyedBy: Keys.self)
        try pair.encode(true, forKey: .after)
        var deep = list.nestedUnkeyedContainer()
        try deep.encode(Int8(2))
        #expect(list.count == 4)
        try 5.encode(to: list.superEncoder())
        try "s".encode(to: outer.superEncoder())
        _ = outer.superEncoder(forKey: .mySuper)
        try outer.encodeNil(forKey: .after)
      }
    }
    let expected = """
      {"inner_part":{"after":1},"list":[null,"x",{"after":true},[2],5],"super":"s",\
      "my_super":{},"after":null}
      """
    #expect(try text(Nested()) == expected)
  }

  /// Not encodable itself: the testing library would encode it to tell the cases apart.
  struct Misuse: Sendable, CustomTestStringConvertible {
    enum Keys: CodingKey { case a, b }
    let testDescription: String
    let write: @Sendable (any Encoder) throws -> Void
  }

  struct Scripted: Encodable {
    let write: (any Encoder) throws -> Void
    func encode(to encoder: any Encoder) throws { try write(encoder) }
  }

  static let misuses: [Misuse] = [
    Misuse(testDescription: "two values at once") { encoder in
      var container = encoder.singleValueContainer()
      try container.encode(1)
      try container.encode(2)
    },
    Misuse(testDescription: "a child after its parent went on") { encoder in
      var container = encoder.container(keyedBy: Misuse.Keys.self)
      var child = container.nestedContainer(keyedBy: Misuse.Keys.self, forKey: .a)
      try container.encode(1, forKey: .b)
      try child.encode(1, forKey: .a)
    },
    Misuse(testDescription: "a super encoder after its parent went on") { encoder in
      var container = encoder.unkeyedContainer()
      let late = container.superEncoder()
      try container.encode(1)
      _ = late.unkeyedContainer()
    },
    Misuse(testDescription: "an object and an array at once") { encoder in
      _ = encoder.container(keyedBy: Misuse.Keys.self)
      _ = encoder.unkeyedContainer()
    },
  ]

  @Test(arguments: misuses)
  func refusesContainersOutOfOrder(_ misuse: Misuse) {
    #expect(throws: EncodingError.self) {
      try JSONOutput.encode(["x": Scripted(write: misuse.write)])
    }
  }

  @Test func passesOnWhatATypeThrows() {
    struct Failure: Error {}
    #expect(throws: Failure.self) { try JSONOutput.encode([Scripted { _ in throw Failure() }]) }
  }
}

@Suite struct JSONWriterTests {
  @Test func setsCommasItself() {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("plainKey")
    writer.beginArray()
    writer.integer(-1)
    writer.bool(false)
    writer.beginObject()
    writer.endObject()
    writer.null()
    writer.endArray()
    writer.key(snakeCase: "snakeCase")
    writer.string("a\"b")
    writer.key("raw")
    writer.raw(Array("[1]".utf8))
    writer.key("tree")
    writer.value([nil, 1.decimal])
    writer.endObject()
    let expected = """
      {"plainKey":[-1,false,{},null],"snake_case":"a\\"b","raw":[1],"tree":[null,1.50]}
      """
    #expect(String(decoding: writer.bytes, as: UTF8.self) == expected)
  }
}

extension Int {
  fileprivate var decimal: JSONValue { .decimal("\(self).50") }
}
