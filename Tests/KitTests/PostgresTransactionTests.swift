import Core
import KitTesting
import Postgres
import Processes
import Synchronization
import Testing

@Suite struct PostgresTransactionTests {
  let database: Database
  let other: Database

  private struct Refused: Error, Equatable {}

  init() throws {
    let test = try TestDatabase(migrations: [])
    (database, other) = (test.database(), test.database())
    try other.execute("CREATE TABLE t (id int CONSTRAINT t_unique UNIQUE, n int DEFAULT 0)")
    try other.execute("INSERT INTO t SELECT generate_series(1, 2)")
  }

  private func count() throws -> Int? { try other.int("SELECT count(*) FROM t") }

  private func roundTrips(_ work: () throws -> Void) rethrows -> Int {
    let before = database.statistics.roundTrips
    try work()
    return database.statistics.roundTrips - before
  }

  @Test func roundTripsOfATransaction() throws {
    #expect(try roundTrips { try database.transaction { _ in } } == 0)
    #expect(try roundTrips { _ = try database.transaction { try $0.execute("SELECT 1") } } == 2)
    let queued = try roundTrips {
      try database.transaction { transaction in
        for id in 10..<20 { transaction.enqueue("INSERT INTO t VALUES (\(id))") }
      }
    }
    #expect(queued == 1)
    #expect(try count() == 12)
    let mixed = try roundTrips {
      let seen = try database.transaction { transaction in
        transaction.enqueue("DELETE FROM t")
        let seen = try transaction.int("SELECT count(*) FROM t")
        transaction.enqueue("INSERT INTO t VALUES (1)")
        return seen
      }
      #expect(seen == 0)
    }
    #expect(mixed == 2)
    #expect(try count() == 1)
  }

  /// What the server has by itself stays, unless it is told otherwise.
  @Test(arguments: [true, false]) func settingsOfASession(isHasty: Bool) throws {
    var settings = database.settings
    settings.plansOnce = isHasty
    settings.waitsForDisk = !isHasty
    let chosen = try Database(settings).query(
      """
      SELECT s.name || ' ' || s.setting FROM pg_settings AS s
      WHERE s.name IN ('plan_cache_mode', 'synchronous_commit') AND s.source = 'client'
      ORDER BY s.name
      """
    ) { row in try row.next() as String }
    #expect(
      chosen == (isHasty ? ["plan_cache_mode force_generic_plan", "synchronous_commit off"] : []))
  }

  @Test func queriesThatAreNotAskedHaveNoRows() throws {
    let numbers = Query("SELECT 7") { row in try row.next() as Int }
    let (none, some) = try database.read(numbers.when(false), numbers.when(true))
    #expect(none.isEmpty && some == [7])
  }

  @Test func beginTravelsWithTheFirstStatement() throws {
    var sent = [String]()
    database.onStatement = { sent.append($0) }
    try database.transaction { transaction in
      transaction.enqueue("SELECT 1")
      #expect(sent.isEmpty)
      _ = try transaction.int("SELECT 2")
    }
    #expect(
      sent == ["BEGIN ISOLATION LEVEL READ COMMITTED", "SELECT 1", "SELECT 2", "COMMIT"])
  }

  @Test func theCallersErrorRollsBack() throws {
    #expect(throws: Refused()) {
      try database.transaction { transaction in
        try transaction.execute("DELETE FROM t")
        throw Refused()
      }
    }
    #expect(try count() == 2)
    #expect(try database.int("SELECT 1") == 1)
    #expect(database.statistics.connects == 1)
  }

  @Test func anErrorBeforeAnyStatementCostsNothing() throws {
    let trips = roundTrips {
      #expect(throws: Refused()) {
        try database.transaction { transaction in
          transaction.enqueue("DELETE FROM t")
          throw Refused()
        }
      }
    }
    #expect(trips == 0)
    #expect(try count() == 2)
  }

  @Test func aQueuedErrorComesOutAtCommit() throws {
    let error = try postgresError {
      try database.transaction { transaction in
        transaction.enqueue("INSERT INTO t VALUES (3)")
        transaction.enqueue("INSERT INTO t VALUES (1)")
      }
    }
    #expect(error.code == .uniqueViolation && error.constraint == "t_unique")
    #expect(try count() == 2)
  }

  @Test func aQueuedErrorComesOutAtTheNextStatement() throws {
    var reached = false
    let error = try postgresError {
      try database.transaction { transaction in
        transaction.enqueue("INSERT INTO t VALUES (1)")
        _ = try transaction.int("SELECT 1")
        reached = true
      }
    }
    #expect(error.code == .uniqueViolation)
    #expect(!reached)
  }

  @Test func aDeferredErrorComesOutAtCommit() throws {
    try other.execute("CREATE TABLE u (n int CONSTRAINT u_n UNIQUE DEFERRABLE INITIALLY DEFERRED)")
    var done = false
    let error = try postgresError {
      try database.transaction { transaction in
        try transaction.execute("INSERT INTO u VALUES (1), (1)")
        done = true
      }
    }
    #expect(done)
    #expect(error.code == .uniqueViolation && error.constraint == "u_n")
    #expect(try database.int("SELECT count(*) FROM u") == 0)
    #expect(database.statistics.connects == 1)
  }

  @Test func aSwallowedErrorCannotCommit() throws {
    var committed = false
    let error = try postgresError {
      try database.transaction { transaction in
        transaction.onCommit { committed = true }
        try transaction.execute("INSERT INTO t VALUES (3)")
        #expect(throws: PostgresError.self) {
          try transaction.execute("INSERT INTO t VALUES (3)")
        }
        #expect(throws: PostgresError.self) { try transaction.execute("SELECT 1") }
      }
    }
    #expect(error.code == .uniqueViolation)
    #expect(try count() == 2)
    #expect(!committed)
  }

  @Test func anEndedTransactionThrows() throws {
    var kept: Transaction?
    try database.transaction { transaction in
      kept = transaction
      try transaction.execute("SELECT 1")
    }
    let transaction = try #require(kept)
    #expect(throws: PostgresError.self) { try transaction.execute("DELETE FROM t") }
    #expect(try count() == 2)
  }

  @Test func theDatabaseIsClosedMeanwhile() throws {
    try database.transaction { transaction in
      try transaction.execute("UPDATE t SET n = 5")
      #expect(throws: PostgresError.self) { try database.execute("SELECT 1") }
      #expect(throws: PostgresError.self) { try database.transaction { _ in } }
    }
    #expect(try other.int("SELECT sum(n) FROM t") == 10)
  }

  @Test func tooManyQueuedStatements() throws {
    let error = try postgresError {
      try database.transaction { transaction in
        for _ in 0...Transaction.queuedStatementsMax { transaction.enqueue("SELECT 1") }
      }
    }
    #expect(error.message.contains("too many"))
  }

  @Test func onCommitRunsOnceAfterTheLastTry() throws {
    var tries = 0
    var actions = 0
    try database.transaction(isolation: .repeatableRead) { transaction in
      tries += 1
      transaction.onCommit {
        actions += 1
        // The database is free again.
        #expect(throws: Never.self) { try database.execute("SELECT 1") }
      }
      _ = try transaction.int("SELECT n FROM t WHERE id = 1")
      if tries == 1 { try other.execute("UPDATE t SET n = n + 1 WHERE id = 1") }
      try transaction.execute("UPDATE t SET n = n + 10 WHERE id = 1")
    }
    #expect(tries == 2)
    #expect(actions == 1)
    #expect(try other.int("SELECT n FROM t WHERE id = 1") == 11)
  }

  @Test func aConflictIsTriedFourTimesAtMost() throws {
    var tries = 0
    let error = try postgresError {
      try database.transaction(isolation: .serializable) { transaction in
        tries += 1
        _ = try transaction.int("SELECT n FROM t WHERE id = 1")
        try other.execute("UPDATE t SET n = n + 1 WHERE id = 1")
        transaction.enqueue("UPDATE t SET n = 100 WHERE id = 1")
      }
    }
    #expect(error.code == .serialization && error.sqlState == "40001")
    #expect(tries == 4)
    #expect(try other.int("SELECT n FROM t WHERE id = 1") == 4)
  }

  @Test func aConflictTheBodyTranslatesIsStillTriedAgain() throws {
    var tries = 0
    try database.transaction(isolation: .repeatableRead) { transaction in
      tries += 1
      _ = try transaction.int("SELECT n FROM t WHERE id = 1")
      if tries == 1 { try other.execute("UPDATE t SET n = n + 1 WHERE id = 1") }
      do { try transaction.execute("UPDATE t SET n = 7 WHERE id = 1") } catch { throw Refused() }
    }
    #expect(tries == 2)
  }

  @Test func concurrentIncrementsAllCount() throws {
    let url = database.settings.url
    let workers = (0..<4).map { _ in
      Concurrently {
        let database = Database(DatabaseSettings(url: url))
        var done = 0
        for _ in 0..<25 {
          do {
            try database.transaction(isolation: .serializable) { transaction in
              let n = try transaction.int("SELECT n FROM t WHERE id = 2") ?? 0
              try transaction.execute("UPDATE t SET n = \(n + 1) WHERE id = 2")
            }
            done += 1
          } catch let error as PostgresError where error.code == .serialization {
            // Four tries in vain: it is not counted, and must not have counted.
          }
        }
        return done
      }
    }
    let done = try workers.reduce(0) { try $0 + $1.result() }
    #expect(done > 0)
    #expect(try other.int("SELECT n FROM t WHERE id = 2") == done)
  }

  @Test func aDeadlockIsTriedAgain() throws {
    let url = database.settings.url
    let holding = Mutex(0)
    @Sendable func lockBoth(first: Int, second: Int) throws -> Int {
      let database = Database(DatabaseSettings(url: url))
      var tries = 0
      try database.transaction { transaction in
        tries += 1
        transaction.enqueue("SET LOCAL deadlock_timeout = '50ms'")
        try transaction.execute("UPDATE t SET n = n + 1 WHERE id = \(first)")
        if tries == 1 {
          holding.withLock { $0 += 1 }
          let both: Bool? = probe(for: .seconds(1)) { holding.withLock { $0 } == 2 ? true : nil }
          #expect(both == true)
        }
        try transaction.execute("UPDATE t SET n = n + 1 WHERE id = \(second)")
      }
      return tries
    }
    let left = Concurrently { try lockBoth(first: 1, second: 2) }
    let right = Concurrently { try lockBoth(first: 2, second: 1) }
    #expect(try left.result() + right.result() == 3)
    #expect(try other.int("SELECT sum(n) FROM t") == 4)
  }
}
