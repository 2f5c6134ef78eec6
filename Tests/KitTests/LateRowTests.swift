import KitTesting
import Lanes
import Postgres
import Synchronization
import Testing

@Suite struct LateRowTests {
  private let test: TestDatabase
  private let lanes = Lanes(count: 4)
  private let database: Database

  init() throws {
    test = try TestDatabase(migrations: [])
    database = Database(test.database().settings, lanes: lanes)
    try test.database().execute("CREATE TABLE t (id int CONSTRAINT t_unique UNIQUE)")
  }

  private struct Late: LateRow {
    let id: Int

    static func statements(_ rows: [Late]) -> [SQL] {
      ["INSERT INTO t (id) SELECT n FROM unnest(\(rows.map(\.id))) AS n"]
    }
  }

  /// Each in a lane of its own. Returns which were refused.
  private func write(_ ids: Range<Int>) -> [Int] {
    var refused: [Int] = []
    lanes.run(
      ids.map { id in
        {
          do { try database.transaction { $0.late(Late(id: id)) } } catch { refused.append(id) }
        }
      })
    return refused
  }

  private func count() throws -> Int? { try test.database().int("SELECT count(*) FROM t") }

  private func statements(_ database: Database, _ work: () throws -> Void) rethrows -> [String] {
    let heard = Mutex<[String]>([])
    database.onStatement = { text in heard.withLock { $0.append(String(text.prefix(6))) } }
    defer { database.onStatement = nil }
    try work()
    return heard.withLock(\.self)
  }

  @Test func thoseOfAKindAreOneStatement() throws {
    let sent = try statements(database) {
      try database.transaction { transaction in
        for id in 0..<10 { transaction.late(Late(id: id)) }
      }
    }
    #expect(sent == ["INSERT"])
    #expect(try count() == 10)
  }

  /// Whoever asks or queues something finds them written.
  @Test func theyGoBeforeWhatComesNext() throws {
    let sent = try statements(database) {
      try database.transaction { transaction in
        transaction.late(Late(id: 1))
        let seen = try transaction.int("SELECT count(*) FROM t")
        #expect(seen == 1)
        transaction.late(Late(id: 2))
        transaction.enqueue("DELETE FROM t WHERE id = 2")
        transaction.late(Late(id: 2))
      }
    }
    #expect(sent == ["BEGIN ", "INSERT", "SELECT", "INSERT", "DELETE", "INSERT", "COMMIT"])
    #expect(try count() == 2)
  }

  /// Lanes that only write share the statement as well.
  @Test func thoseOfManyLanesAreOneStatement() throws {
    var refused: [Int] = []
    let sent = statements(database) { refused = write(0..<4) }
    #expect(sent == ["INSERT"])
    #expect(refused.isEmpty)
    #expect(try count() == 4)
  }

  /// One that is refused is refused alone.
  @Test func oneThatIsRefusedIsRefusedAlone() throws {
    try test.database().execute("INSERT INTO t VALUES (2)")
    #expect(write(0..<4) == [2])
    #expect(try count() == 4)
  }
}
