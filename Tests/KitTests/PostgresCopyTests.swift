import KitTesting
import Postgres
import Testing

@Suite struct PostgresCopyTests {
  let database: Database

  init() throws {
    database = try TestDatabase.shared.get().database()
    try database.execute("CREATE TEMPORARY TABLE copied (n bigint PRIMARY KEY, text text)")
  }

  private struct GivenUp: Error {}

  private func rows(_ texts: [String?], from first: Int = 1) -> CopyRows {
    var rows = CopyRows()
    for (index, text) in texts.enumerated() {
      rows.add(first + index)
      if let text { rows.add(text) } else { rows.addNull() }
      rows.endRow()
    }
    return rows
  }

  private func copy(_ pieces: [CopyRows], in transaction: Transaction) throws {
    var pieces = pieces[...]
    try transaction.copy(into: "copied (n, text)") { pieces.popFirst() }
  }

  @Test func textArrivesAsItIs() throws {
    let texts = ["a\tb", "line\nbreak\r", "back\\slash \\N \\.", "", nil, "Áo thun 👕"]
    try database.transaction { transaction in
      try copy([rows(texts)], in: transaction)
      #expect(try transaction.int("SELECT count(*) FROM copied") == 6)
    }
    let kept = try database.query("SELECT text FROM copied ORDER BY n") { row in
      try row.next() as String?
    }
    #expect(kept == texts)
  }

  @Test func megabytesGoThrough() throws {
    let text = String(repeating: "x", count: 10_000)
    try database.transaction { transaction in
      try copy(
        (0..<40).map { rows(Array(repeating: text, count: 50), from: $0 * 50) }, in: transaction)
    }
    #expect(try database.int("SELECT sum(length(text)) FROM copied") == 20_000_000)
  }

  @Test func whatTheServerRefusesIsThrownAndNothingStays() throws {
    let error = try postgresError {
      try database.transaction { transaction in
        try copy([rows(["a"]), rows(["b"])], in: transaction)
      }
    }
    #expect(error.sqlState == "23505")
    #expect(try database.int("SELECT 1") == 1)
  }

  @Test func aSenderThatGivesUpLeavesNothing() throws {
    try database.execute("CREATE TABLE copied_for_good (n bigint, text text)")
    #expect(throws: GivenUp.self) {
      try database.transaction { transaction in
        var isFirst = true
        try transaction.copy(into: "copied_for_good (n, text)") {
          guard isFirst else { throw GivenUp() }
          isFirst = false
          return rows(["a"])
        }
      }
    }
    #expect(try database.int("SELECT count(*) FROM copied_for_good") == 0)
  }

  @Test func aTableThatIsNotThereIsRefused() throws {
    let error = try postgresError {
      try database.transaction { try $0.copy(into: "missing (n)") { nil } }
    }
    #expect(error.sqlState == "42P01")
  }
}
