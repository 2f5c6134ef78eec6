import KitTesting
import Postgres
import Testing

/// What the database makes of names, for search and for addresses.
@Suite struct WordsTests {
  private static let database = Result { try TestDatabase() }

  private static func ask(_ expression: SQL) throws -> String? {
    try database.get().database().first("SELECT \(expression)") { row in try row.next() }
  }

  @Test(arguments: [
    ("Áo Thun — Đỏ, size M/L", "ao thun do size m l"), ("T-shirt 100%", "t shirt 100"),
    ("Đường Ươm", "duong uom"), ("Ünïcødé ß", "unicode ss"), ("Привет, мир", "привет мир"),
    ("漢字", "漢字"), ("👕✨", ""), ("  ", ""), ("O'Neill \"x\" \\ %_", "o neill x"),
  ])
  func wordsAreFolded(_ text: String, _ words: String) throws {
    #expect(try Self.ask("souk.words(\(text))") == words)
  }

  @Test(
    arguments: [
      ("Áo Thun — Đỏ!", "ao-thun-do"), ("--a--b--", "a-b"), ("👕", ""), ("漢字 1", "1"),
      (String(repeating: "word ", count: 40), String(repeating: "word-", count: 16).dropLast(1)),
    ] as [(String, any StringProtocol & Sendable)])
  func slugsArePlain(_ text: String, _ slug: any StringProtocol & Sendable) throws {
    #expect(try Self.ask("souk.slug(\(text))") == String(slug))
  }

  @Test func attributesAreTheirValues() throws {
    let attributes = #"{"Màu": "Đỏ", "Size": ["M", "L"], "Hours": 30, "New": true}"#
    let words = try Self.ask("catalog.attribute_words(\(attributes)::jsonb)") ?? ""
    #expect(Set(words.split(separator: " ")) == ["do", "m", "l", "30", "true"])
  }
}
