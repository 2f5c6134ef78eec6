import Core
import JSON
import KitTesting
import Postgres
import Testing

@Suite struct AdminListTests {
  /// Seven users made by one statement: this is about lists.
  private static let stack = Result {
    let bazaar = try Bazaar()
    try fill(bazaar)
    return bazaar.stack
  }

  /// On one stack for all who only look.
  private static func crowd() throws -> (bazaar: Bazaar, admin: Visitor) {
    let bazaar = try Bazaar(on: stack.get())
    let root: UserID? = try bazaar.stack.look().first(
      "SELECT u.id FROM identity.users AS u WHERE 'admin' = ANY (u.roles)"
    ) { row in try row.next() }
    return (bazaar, try bazaar.session(of: try #require(root), roles: ["customer", "admin"]))
  }

  private static func fill(_ bazaar: Bazaar) throws {
    let root = try bazaar.visitor([.admin])
    try bazaar.stack.look().execute(
      "UPDATE identity.users SET email = 'root@example.com' WHERE id = \(root.user)")
    try bazaar.stack.look().execute(
      """
      INSERT INTO identity.users
        (id, email, username, password_hash, full_name, roles, status, tokens_valid_after,
         created_at, updated_at)
      SELECT gen_random_uuid(), n.email, n.username, 'x', n.name, n.roles::text[], n.status,
             now(), now() - n.age * interval '1 day', now()
      FROM (VALUES
        ('a1@example.com', 'hundred', '100% Wool', '{customer}', 'active', 1),
        ('a2@example.com', 'under_score', 'Wool_Shop', '{customer,seller}', 'active', 2),
        ('a3@example.com', 'underscore', 'Wool-Shop', '{customer,seller}', 'disabled', 3),
        ('a4@example.com', NULL, 'Back\\Slash', '{customer,shipper}', 'active', 4),
        ('b5@example.com', NULL, 'Đặng Ngọc', '{customer}', 'active', 5),
        ('b6@example.com', NULL, 'O''Hara', '{customer}', 'active', 5),
        ('b7@example.com', NULL, 'Bea', '{customer}', 'active', 5)
      ) AS n (email, username, name, roles, status, age)
      """)
    try bazaar.stack.look().execute(
      """
      INSERT INTO identity.users
        (id, full_name, status, tokens_valid_after, created_at, updated_at)
      VALUES (gen_random_uuid(), 'Deleted user', 'deleted', now(), now(), now())
      """)
  }

  private static func list(_ bazaar: Bazaar, _ admin: Visitor, _ query: String) -> TestAnswer {
    bazaar.users.send("GET", "/api/v1/admin/users?\(query)", token: admin.token)
  }

  private static func emails(_ answer: TestAnswer) -> [String] {
    (answer.data?.array ?? []).compactMap { $0["email"]?.string?.split(separator: "@").first }
      .map(String.init)
  }

  @Test(arguments: [
    ("", ["root", "a1", "a2", "a3", "a4", "b5", "b6", "b7"]),
    ("q=example.com&role=seller", ["a2", "a3"]), ("role=seller&status=active", ["a2"]),
    ("role=admin", ["root"]), ("status=disabled", ["a3"]), ("status=deleted", []),
    ("q=A1%40EXAMPLE", ["a1"]), ("q=hundred", ["a1"]), ("q=wool", ["a1", "a2", "a3"]),
    ("q=%25", ["a1"]), ("q=_", ["a2"]), ("q=under_", ["a2"]), ("q=%5C", ["a4"]),
    ("q=%C4%91%E1%BA%B7ng", ["b5"]), ("q=O%27Hara", ["b6"]), ("q=%27%20OR%201%3D1%20--", []),
    ("q=100%25+wool", ["a1"]), ("q=nobody", []),
  ])
  func findsByTextRoleAndStatus(_ query: String, _ expected: [String]) throws {
    let (bazaar, admin) = try Self.crowd()
    let answer = Self.list(bazaar, admin, query)
    #expect(answer.status == 200)
    #expect(Self.emails(answer).sorted() == expected.sorted())
    #expect(answer.json["meta"]?["next_cursor"] == .null)
  }

  @Test func cursorsWalkTheWholeList() throws {
    let (bazaar, admin) = try Self.crowd()
    let all = Self.emails(Self.list(bazaar, admin, ""))
    #expect(Array(all.prefix(5)) == ["root", "a1", "a2", "a3", "a4"])
    for limit in [1, 3, 7, 8, 100] {
      var walked: [String] = []
      var next = "limit=\(limit)"
      while walked.count <= 8 {
        let answer = Self.list(bazaar, admin, next)
        #expect(answer.json["meta"]?["limit"] == .integer(Int64(limit)))
        walked += Self.emails(answer)
        guard let cursor = answer.json["meta"]?["next_cursor"]?.string else { break }
        next = "limit=\(limit)&cursor=\(cursor)"
      }
      #expect(walked == all, "by \(limit)")
    }
  }

  /// Who comes or changes while somebody walks is neither missed nor seen twice.
  @Test func cursorsAreStableUnderWrites() throws {
    let bazaar = try Bazaar()
    try Self.fill(bazaar)
    let admin = try bazaar.visitor([.admin])
    let first = Self.list(bazaar, admin, "limit=4")
    bazaar.stack.clock.advance(by: .seconds(5))
    _ = try bazaar.register("new@example.com")
    try bazaar.stack.look().execute("UPDATE identity.users SET full_name = 'Other'")
    let cursor = try #require(first.json["meta"]?["next_cursor"]?.string)
    let rest = Self.list(bazaar, admin, "limit=100&cursor=\(cursor)")
    #expect(Set(Self.emails(rest)) == ["a3", "a4", "b5", "b6", "b7"])
  }

  @Test func pagesHaveATotal() throws {
    let (bazaar, admin) = try Self.crowd()
    let all = Self.emails(Self.list(bazaar, admin, ""))
    let second = Self.list(bazaar, admin, "page=2&limit=3")
    #expect(Self.emails(second) == Array(all[3..<6]))
    #expect(second.json["meta"] == ["page": 2, "limit": 3, "total": 8, "total_pages": 3])
    let beyond = Self.list(bazaar, admin, "page=9&page_size=3")
    #expect(beyond.data == [])
    #expect(beyond.json["meta"]?["total"] == 8)
    let filtered = Self.list(bazaar, admin, "page=1&per_page=1&role=seller")
    #expect(filtered.json["meta"] == ["page": 1, "limit": 1, "total": 2, "total_pages": 2])
  }

  @Test(arguments: [
    ("limit=0", "limit out_of_range"), ("limit=101", "limit out_of_range"),
    ("limit=ten", "limit out_of_range"), ("page=0", "page out_of_range"),
    ("page=501", "page out_of_range"), ("page=99999999999999999999", "page out_of_range"),
    ("role=king", "role not_a_choice"), ("status=", "status not_a_choice"),
    ("cursor=abc", "cursor invalid_cursor"), ("cursor=%F0%9F%92%A5", "cursor invalid_cursor"),
  ])
  func faultsAreNamed(_ query: String, _ violation: String) throws {
    let (bazaar, admin) = try Self.crowd()
    #expect(Self.list(bazaar, admin, query).violations == [violation])
  }

  @Test func aLongTextIsRefusedAndABrokenQueryToo() throws {
    let (bazaar, admin) = try Self.crowd()
    let long = String(repeating: "a", count: 101)
    #expect(
      Self.list(bazaar, admin, "q=\(long)&limit=0&role=x").violations == [
        "q too_long", "role not_a_choice", "limit out_of_range",
      ])
    for query in ["q=%", "q=%2", "q=%zz", "q=%FF", "q=%00"] {
      #expect(Self.list(bazaar, admin, query).isProblem(400, "malformed_query"), "\(query)")
    }
  }

  /// Nobody can make a cursor, and none from elsewhere is taken.
  @Test func aTamperedCursorIsRefused() throws {
    let (bazaar, admin) = try Self.crowd()
    let answer = Self.list(bazaar, admin, "limit=3")
    let cursor = try #require(answer.json["meta"]?["next_cursor"]?.string)
    for index in cursor.indices where cursor[index] != cursor.last {
      var tampered = cursor
      tampered.replaceSubrange(index...index, with: cursor[index] == "A" ? "B" : "A")
      guard tampered != cursor else { continue }
      #expect(
        Self.list(bazaar, admin, "cursor=\(tampered)").violations == ["cursor invalid_cursor"])
    }
    #expect(
      Self.list(bazaar, admin, "cursor=\(cursor.dropLast(2))").violations == [
        "cursor invalid_cursor"
      ])
    let other = try Bazaar(environment: ["SOUK_SECRET": String(repeating: "t", count: 40)])
    let stranger = try other.visitor([.admin])
    #expect(Self.list(other, stranger, "cursor=\(cursor)").violations == ["cursor invalid_cursor"])
  }
}
