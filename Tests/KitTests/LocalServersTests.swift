import Core
import Glibc
import KitTesting
import Postgres
import Processes
import Redis
import Testing

@Suite final class LocalServersTests {
  private let directory: String

  init() throws {
    directory = try Files.makeTemporaryDirectory("souk-servers")
    try Account.forServers()?.own(directory)
  }

  deinit { #expect(throws: Never.self) { try Files.remove(directory) } }

  private func message(_ work: () throws -> some Any) throws -> String {
    let error = try #require(throws: ProcessError.self) { _ = try work() }
    return error.description
  }

  private func crash(pid: Int32?, while isRunning: () -> Bool) throws {
    kill(try #require(pid), SIGKILL)
    let isGone: Bool? = probe(for: .seconds(10)) { isRunning() ? nil : true }
    try #require(isGone == true)
  }

  @Test func postgresKeepsItsDataOverStopsAndCrashes() throws {
    let server = try LocalPostgres(directory: "\(directory)/pg dir", durable: false)
    try server.start()
    let settings = DatabaseSettings(url: server.url)
    try Database(settings).execute("CREATE TABLE t AS SELECT 7 AS n")
    #expect(
      try Database(settings).first("SHOW server_encoding") { row in try row.next() } == "UTF8")

    // Another value for the same directory: the server is in use.
    let second = try LocalPostgres(directory: "\(directory)/pg dir", durable: false)
    #expect(try message { try second.start() }.contains("already running"))

    try server.stop()
    #expect(server.pid == nil)
    try server.start()
    #expect(try Database(settings).int("SELECT n FROM t") == 7)

    try crash(pid: server.pid) { server.isRunning }
    try server.start()
    #expect(try Database(settings).int("SELECT n FROM t") == 7)
    try server.stop()
  }

  @Test func aStaleLockOfAReusedPidDoesNotMatter() throws {
    let server = try LocalPostgres(directory: "\(directory)/pg", durable: false)
    try server.start()
    try crash(pid: server.pid) { server.isRunning }
    // The number now belongs to a process that is no Postgres: this one.
    let lock = "\(directory)/pg/data/postmaster.pid"
    let lines = try Files.readText(lock).split(separator: "\n").dropFirst()
    try Files.write(Array("\(getpid())\n\(lines.joined(separator: "\n"))\n".utf8), to: lock)
    try server.start()
    #expect(try Database(DatabaseSettings(url: server.url)).int("SELECT 1") == 1)
    try server.stop()
  }

  @Test func aFailedStartTellsWhy() throws {
    let server = try LocalPostgres(directory: "\(directory)/pg", durable: false)
    try server.start()
    try server.stop()
    try Files.write(Array("nonsense = true\n".utf8), to: "\(directory)/pg/data/postgresql.conf")
    #expect(try message { try server.start() }.contains("nonsense"))
  }

  @Test func longPathsAreRefused() throws {
    let long = "/tmp/" + String(repeating: "x", count: 100)
    #expect(try message { try LocalPostgres(directory: long) }.contains("at most 107"))
    #expect(try message { try LocalRedis(directory: long) }.contains("at most 107"))
    #expect(try message { try LocalRedis(directory: "here") }.contains("absolute"))
  }

  @Test func unknownAccount() throws {
    guard geteuid() == 0 else { return }
    #expect(
      try message { try LocalRedis(directory: "/tmp/x", account: "no-such-user") }
        .contains("no user no-such-user"))
  }

  @Test func anUnreachableDirectoryIsNamed() throws {
    guard let account = try Account.forServers() else { return }
    #expect(unsafe chown(directory, 0, 0) == 0)
    let server = try LocalRedis(directory: "\(directory)/redis")
    let text = try message { try server.start() }
    #expect(text.contains("\(account.name) cannot enter \(directory),"))
    #expect(text.contains("chmod o+x \(directory)"))
  }

  @Test func wrappedCommandsHaveNoRights() throws {
    guard let account = try Account.forServers() else { return }
    let result = try ChildProcess.run(account.wrapping(["id", "-u", "-n"]))
    #expect(result.text == "\(account.name)\n")
    #expect(try ChildProcess.run(account.wrapping(["id", "-G"])).text == "\(account.group)\n")
  }

  @Test func redisKeepsWhatItIsToldTo() throws {
    let server = try LocalRedis(directory: "\(directory)/redis", appendsOnly: true)
    try server.start()
    let settings = RedisSettings(url: server.url)
    try Redis(settings).command("SET", "kept", "yes")
    let second = try LocalRedis(directory: "\(directory)/redis")
    #expect(try message { try second.start() }.contains("already running"))
    try crash(pid: server.pid) { server.isRunning }
    try server.start()
    #expect(try Redis(settings).command("GET", "kept").string == "yes")
    try server.stop()
    #expect(server.pid == nil)
  }

  @Test func theGuardianEndsWhatIsLeft() throws {
    let left = "\(directory)/left"
    try Files.makeDirectory(left)
    let sleeper = try ChildProcess(Command(["sleep", "60"]))
    var guardian: Guardian? = try Guardian(ending: [sleeper.pid], removing: left)
    #expect(guardian != nil && sleeper.isRunning)
    guardian = nil
    #expect(sleeper.wait(for: .seconds(10)) == .signalled(SIGQUIT))
    let isGone: Bool? = probe(for: .seconds(10)) { Files.exists(left) ? nil : true }
    #expect(isGone == true)
  }

  @Test func everyTestHasADatabaseOfItsOwn() throws {
    var first: TestDatabase? = try TestDatabase(migrations: [])
    let second = try TestDatabase(migrations: [])
    try first?.database().execute("CREATE TABLE t ()")
    try second.database().execute("CREATE TABLE t ()")
    let names = try second.database().query("SELECT datname FROM pg_database") { row in
      try row.next() as String
    }
    let name = try #require(first?.url.split(separator: "=").last.map(String.init))
    #expect(names.contains(name))
    first = nil
    let count = try second.database().int(
      "SELECT count(*) FROM pg_database WHERE datname = \(name)")
    #expect(count == 0)
  }
}
