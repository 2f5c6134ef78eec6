import Core
import Glibc
import KitTesting
import Postgres
import Processes
import Testing

/// What happens when the server, or the way to it, goes.
@Suite struct PostgresFailureTests {
  let test: TestDatabase
  let database: Database
  let other: Database

  init() throws {
    test = try TestDatabase.shared.get()
    (database, other) = (test.database(), test.database())
  }

  private func pid(of database: some Querying) throws -> Int {
    try #require(try database.int("SELECT pg_backend_pid()"))
  }

  /// Ends a session from outside and returns when it is gone.
  private func terminate(_ pid: Int) throws {
    try other.execute("SELECT pg_terminate_backend(\(pid)::int)")
    let isGone: Bool? = try probe(for: .seconds(10)) {
      try other.int("SELECT 1 FROM pg_stat_activity WHERE pid = \(pid)") == nil ? true : nil
    }
    try #require(isGone == true)
  }

  @Test func terminatedMidQuery() throws {
    let url = database.settings.url
    let marker = "\(UInt64.random(in: 0 ... .max))"
    let sleeper = Concurrently {
      let database = Database(DatabaseSettings(url: url, statementTimeout: .seconds(60)))
      let error = try postgresError {
        try database.execute("SELECT pg_sleep(30), \(unescaped: marker)::text")
      }
      let connectsBefore = database.statistics.connects
      let answer = try database.int("SELECT 1")
      return (error, connectsBefore, answer, database.statistics.connects)
    }
    let pid: Int? = try probe(for: .seconds(20)) {
      try other.int(
        """
        SELECT pid FROM pg_stat_activity
        WHERE query LIKE \("%pg_sleep%\(marker)%") AND state = 'active' AND pid <> pg_backend_pid()
        """)
    }
    try terminate(try #require(pid))
    let (error, before, answer, after) = try sleeper.result()
    #expect(error.code == .connectionLost && error.sqlState == "57P01" && error.isUnavailable)
    #expect((before, answer, after) == (1, 1, 2))
  }

  @Test func terminatedWhileIdleIsNotNoticed() throws {
    try terminate(try pid(of: database))
    var sent = [String]()
    database.onStatement = { sent.append($0) }
    #expect(try database.int("SELECT 1") == 1)
    #expect(sent == ["SELECT 1"])
    #expect(database.statistics.connects == 2)
    try terminate(try pid(of: database))
    let answer = try database.transaction { transaction in try transaction.int("SELECT 2") }
    #expect(answer == 2)
    #expect(database.statistics.connects == 3)
  }

  @Test func terminatedInATransactionIsNotRepeated() throws {
    var tries = 0
    let error = try postgresError {
      try database.transaction { transaction in
        tries += 1
        try terminate(try pid(of: transaction))
        return try transaction.int("SELECT 1")
      }
    }
    #expect(error.code == .connectionLost)
    #expect(tries == 1)
    #expect(try database.int("SELECT 1") == 1)
  }

  @Test func terminatedBeforeCommit() throws {
    let error = try postgresError {
      try database.transaction { transaction in try terminate(try pid(of: transaction)) }
    }
    #expect(error.code == .connectionLost)
  }

  @Test func aNotificationDoesNotBreakAnIdleSession() throws {
    try database.execute("LISTEN something")
    try other.execute("NOTIFY something")
    #expect(try database.int("SELECT 1") == 1)
    #expect(database.statistics.connects == 1)
  }

  /// Only where the backend is a process of this machine.
  @Test(.enabled(if: unsafe getenv("SOUK_TEST_DATABASE_URL") == nil))
  func aSilentServerDoesNotHang() throws {
    var settings = database.settings
    settings.statementTimeout = .milliseconds(10)
    let database = Database(settings)
    let backend = Int32(try pid(of: database))
    kill(backend, SIGSTOP)
    defer { kill(backend, SIGCONT) }
    let start = Clock.monotonicNanoseconds()
    let error = try postgresError { try database.execute("SELECT 1") }
    #expect(error.code == .connectionLost && error.message.contains("no answer"))
    #expect(Clock.monotonicNanoseconds() - start < 10_000_000_000)
    #expect(try database.int("SELECT 1") == 1)
    #expect(database.statistics.connects == 2)
  }

  @Test func noServer() throws {
    let database = Database(DatabaseSettings(url: "postgresql:///x?host=/nonexistent"))
    let error = try postgresError { try database.execute("SELECT 1") }
    #expect(error.code == .connectFailed && error.isUnavailable)
    #expect(error.message.contains("/nonexistent"))
    let unreadable = Database(DatabaseSettings(url: "postgresql://[x"))
    #expect(try postgresError { try unreadable.execute("SELECT 1") }.code == .connectFailed)
  }

  @Test func theURLSaysHowLongConnectingMayTake() throws {
    let directory = try Files.makeTemporaryDirectory("souk-deaf")
    defer { #expect(throws: Never.self) { try Files.remove(directory) } }
    let listener = try Listener("\(directory)/.s.PGSQL.5432")
    let url = "postgresql:///x?host=\(directory)&connect_timeout=1"
    let database = Database(DatabaseSettings(url: url, connectTimeout: .hours(1)))
    let error = try postgresError { try database.execute("SELECT 1") }
    #expect(error.code == .connectFailed && listener.waitingConnections() == 1)
  }

  /// A server that takes connections and never says a word.
  @Test func aDeafServerIsAskedSeldom() throws {
    let directory = try Files.makeTemporaryDirectory("souk-deaf")
    defer { #expect(throws: Never.self) { try Files.remove(directory) } }
    let listener = try Listener("\(directory)/.s.PGSQL.5432")
    let database = Database(
      DatabaseSettings(
        url: "postgresql:///x?host=\(directory)", connectTimeout: .milliseconds(50)))
    for _ in 1...3 {
      let error = try postgresError { try database.transaction { try $0.execute("SELECT 1") } }
      #expect(error.code == .connectFailed && error.message.contains("0.05"))
    }
    #expect(listener.waitingConnections() == 1)
    let isAskedAgain: Bool? = try probe(for: .seconds(10)) {
      _ = try postgresError { try database.execute("SELECT 1") }
      return listener.waitingConnections() > 0 ? true : nil
    }
    #expect(isAskedAgain == true)
  }
}

/// A unix socket on which nobody answers.
final class Listener {
  private let file: Int32

  init(_ path: String) throws { file = try Sockets.listen(unixPath: path) }

  deinit { close(file) }

  /// How many have connected since the last call.
  func waitingConnections() -> Int {
    var count = 0
    while true {
      let connection = accept(file, nil, nil)
      if connection < 0 { return count }
      close(connection)
      count += 1
    }
  }
}
