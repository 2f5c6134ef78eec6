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

  /// An index is asked for no form that no document has.
  @Test func onlyWordsThatDocumentsHaveAreLookedFor() throws {
    let database = try TestDatabase().database()
    try database.execute(
      """
      INSERT INTO shops.shops (id, name, slug, currency, owner_id, created_at, updated_at)
      VALUES (md5('shop')::uuid, 'Shop', 'shop', 'VND', md5('owner')::uuid, now(), now())
      """)
    try database.execute(
      """
      INSERT INTO catalog.products
        (id, shop_id, name, description, slug, price, currency, status, created_by, created_at,
         updated_at)
      VALUES (md5('product')::uuid, md5('shop')::uuid, 'Ankle Boots',
              'Leather, with leathery laces', 'boots', 100, 'VND', 'active',
              md5('owner')::uuid, now(), now())
      """)
    func query(_ text: String) throws -> String? {
      try database.first("SELECT s.query::text FROM catalog.search_terms(\(text)) AS s") { row in
        try row.next()
      }
    }
    #expect(try query("leather boots") == "'leather' & 'boots'")
    #expect(try query("boot ankles") == "( 'boot' | 'boots' ) & ( 'ankle' | 'ankles' )")
    #expect(try query("leath") == "'leath' | 'leather' | 'leathery'")
    #expect(try query("leathery bots") == "'leathery' & ( 'boots' | 'bots' )")
    try database.execute("UPDATE catalog.products SET description = 'Leathers'")
    #expect(try query("leather boots") == "( 'leather' | 'leathers' ) & 'boots'")
  }
}
