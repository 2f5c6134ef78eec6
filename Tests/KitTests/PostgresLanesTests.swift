import KitTesting
import Lanes
import Postgres
import Testing

@Suite struct PostgresLanesTests {
  let lanes = Lanes(count: 4)
  let database: Database
  let diary = Diary()

  init() throws {
    let settings = try TestDatabase.shared.get().database().settings
    database = Database(settings, lanes: lanes)
  }

  /// What each of the statements gave, asked in lanes side by side.
  private func answers(_ statements: [SQL]) -> [String] {
    var answers = Array(repeating: "", count: statements.count)
    lanes.run(
      statements.indices.map { lane in
        {
          do {
            answers[lane] = "\(try database.int(statements[lane]) ?? -1)"
          } catch {
            answers[lane] = (error as? PostgresError)?.sqlState ?? "\(error)"
          }
        }
      })
    return answers
  }

  @Test func allAskBeforeOneIsAnswered() throws {
    lanes.run(
      (1...3).map { number in
        {
          diary.note("asks \(number)")
          do {
            diary.note("hears \(try database.int("SELECT \(number)") ?? 0)")
          } catch {
            diary.note("\(error)")
          }
          #expect(database.statistics.roundTrips == 1)
        }
      })
    #expect(
      diary.lines == ["asks 1", "asks 2", "asks 3", "hears 1", "hears 2", "hears 3"])
  }

  @Test func aRefusalMeetsOneAlone() {
    for _ in 0..<3 {
      #expect(
        answers(["SELECT 1", "SELECT 1 / \(0)", "SELECT nothing", "SELECT 4"])
          == ["1", "22012", "42703", "4"])
    }
  }

  /// The first prepares it and is refused before; the others must not count on it.
  @Test func aStatementThatWasNotPreparedIsNotReliedOn() throws {
    var answers = Array(repeating: 0, count: 3)
    lanes.run(
      (0..<3).map { lane in
        {
          do {
            let broken: SQL = lane == 0 ? "SELECT 1 / \(0)" : "SELECT \(1)"
            let results = try database.exchange([broken, "SELECT \(lane)::bigint + 7"])
            answers[lane] = try results[1].first { row in try row.next() } ?? 0
          } catch {
            answers[lane] = -1
          }
        }
      })
    #expect(answers == [-1, 8, 9])
    #expect(try database.int("SELECT \(30)::bigint + 7") == 37)
    #expect(try database.int("SELECT 5") == 5)
  }

  @Test func writesOfOneLaneOutliveTheFailureOfAnother() throws {
    _ = try database.execute("CREATE TABLE lanes_kept (n bigint)")
    _ = answers([
      "INSERT INTO lanes_kept VALUES (1) RETURNING n", "SELECT 1 / \(0)",
      "INSERT INTO lanes_kept VALUES (3) RETURNING n",
    ])
    #expect(try database.int("SELECT sum(n)::bigint FROM lanes_kept") == 4)
  }

  @Test func nobodyGetsIntoATransactionOfAnotherLane() throws {
    _ = try database.execute("CREATE TABLE lanes_tx (n bigint)")
    var seen = -1
    lanes.run([
      {
        do {
          try database.transaction { transaction in
            try transaction.execute("INSERT INTO lanes_tx VALUES (1)")
            #expect(try transaction.int("SELECT count(*) FROM lanes_tx") == 1)
            throw PostgresError(.other, "given up")
          }
        } catch {
          diary.note("rolled back")
        }
      },
      {
        do {
          seen = try database.int("SELECT count(*) FROM lanes_tx") ?? -1
        } catch {
          diary.note("\(error)")
        }
      },
    ])
    #expect(seen == 0)
    #expect(diary.lines == ["rolled back"])
  }

  private func write(_ lane: Int, _ statement: SQL) {
    do {
      try database.transaction { transaction in
        let seen = try transaction.beforehand.int("SELECT \(lane)")
        #expect(seen == lane)
        transaction.enqueue(statement)
      }
      diary.note("\(lane) committed")
    } catch {
      diary.note("\(lane) \((error as? PostgresError)?.sqlState ?? "\(error)")")
    }
  }

  /// Before a transaction has begun, others may go on.
  @Test func whatIsOnlyWrittenSharesOneCommit() throws {
    try database.execute("CREATE TABLE lanes_shared (n bigint, t bigint DEFAULT txid_current())")
    lanes.run((0..<3).map { lane in { write(lane, "INSERT INTO lanes_shared VALUES (\(lane))") } })
    #expect(diary.lines == ["0 committed", "1 committed", "2 committed"])
    #expect(try database.int("SELECT count(*) FROM lanes_shared") == 3)
    #expect(try database.int("SELECT count(DISTINCT t) FROM lanes_shared") == 1)
  }

  @Test func aWriteThatIsRefusedLeavesItsNeighboursAlone() throws {
    try database.execute("CREATE TABLE lanes_strict (n bigint CHECK (n <> 1))")
    lanes.run((0..<3).map { lane in { write(lane, "INSERT INTO lanes_strict VALUES (\(lane))") } })
    #expect(diary.lines.sorted() == ["0 committed", "1 23514", "2 committed"])
    #expect(try database.int("SELECT sum(n)::bigint FROM lanes_strict") == 2)
  }

  @Test func oneTransactionALane() throws {
    #expect(throws: PostgresError.self) {
      try database.transaction { _ in try database.transaction { _ in } }
    }
    #expect(try database.transaction { try $0.int("SELECT 1") } == 1)
  }

  @Test func aLostConnectionIsToldToAllAndMadeAnew() throws {
    let process = try database.int("SELECT pg_backend_pid()")
    let killed = answers([
      "SELECT 1", "SELECT pg_terminate_backend(pg_backend_pid())::int", "SELECT 3",
    ])
    #expect(killed == ["57P01", "57P01", "57P01"], "nothing was committed")
    #expect(answers(["SELECT 1", "SELECT 2"]) == ["1", "2"])
    #expect(try database.int("SELECT pg_backend_pid()") != process)
  }
}
