import Core
import JSON
import KitTesting
import Outbox
import Postgres
import Processes
import Saga
import Testing

/// Sagas and dead letters in the hands of somebody at the terminal: `souk sagas`, `souk outbox`.
@Suite struct OperatorTests {
  private let scene: OrderScene
  private let home: TemporaryFolder

  init() throws {
    scene = try OrderScene()
    home = try TemporaryFolder("souk-operator")
  }

  private func souk(_ words: String...) throws -> ChildProcess.Finished {
    try souk(words, as: ["USER": "mai"])
  }

  private func souk(
    _ words: [String], as user: [String: String]
  ) throws -> ChildProcess.Finished {
    try ChildProcess.run(
      [Program.path(of: "souk")] + words,
      environment: [
        "DATABASE_URL": scene.bazaar.stack.database.url, "REDIS_URL": scene.bazaar.stack.redis.url,
        "SOUK_HOME": home.path, "PATH": "/usr/bin:/bin",
      ].merging(user) { $1 }, timeout: .seconds(60))
  }

  /// An order that waits for its payment, and its saga.
  private func waiting() throws -> (order: OrderID, saga: String) {
    let order = try scene.settled(["payment": ["provider": "sandbox", "method": "never"]])
    let saga: SagaID? = try scene.bazaar.stack.look().first(
      "SELECT s.id FROM saga.sagas AS s WHERE s.subject = \(order)"
    ) { row in try row.next() }
    return (order, try #require(saga).description)
  }

  /// What is due by the clock that programs have.
  private func work() throws {
    let clock = scene.bazaar.stack.clock
    clock.advance(by: Clock.system.now - clock.clock.now)
    try Clerk(scene.bazaar.stack).work()
  }

  private func decisions() throws -> [String] {
    try scene.bazaar.stack.look().query(
      """
      SELECT d.verb || ' ' || d.step || ' by ' || d.decided_by || ': ' || d.because
      FROM saga.decisions AS d ORDER BY d.number
      """
    ) { row in try row.next() }
  }

  @Test func sagasAreListedAndShown() throws {
    let (_, saga) = try waiting()
    _ = try scene.settled()
    let all = try souk("sagas")
    #expect(all.status.isSuccess && all.text.contains(saga), "\(all.text)")
    #expect(all.text.contains("1000 USD") && all.text.contains("the payment"))
    let some = try souk("sagas", "list", "--state", "done", "--definition", "checkout")
    #expect(some.status.isSuccess && !some.text.contains(saga))
    #expect(some.text.contains("sag_") && !some.text.contains("1000 USD"), "\(some.text)")
    #expect(try souk("sagas", "--state", "stuck").text.contains("there are none"))
    #expect(try !souk("sagas", "--state", "odd").status.isSuccess)
    let shown = try souk("sagas", "show", saga).text
    for words in ["run 1", "step: await_payment", "waits for: the payment", "done hold_stock"] {
      #expect(shown.contains(words), "\(words): \(shown)")
    }
    let unknown = try souk("sagas", "show", "sag_00000000000000000000000000")
    #expect(!unknown.status.isSuccess && unknown.text.contains("there is no saga"))
    #expect(try !souk("sagas", "show").status.isSuccess)
  }

  @Test func whoDecidesSaysWhy() throws {
    let (order, saga) = try waiting()
    for verb in ["retry", "skip", "compensate"] {
      let silent = try souk("sagas", verb, saga)
      #expect(!silent.status.isSuccess && silent.text.contains("say why"), "\(silent.text)")
    }
    #expect(try decisions() == [])
    let retried = try souk("sagas", "retry", saga, "--reason", "they called")
    #expect(retried.status.isSuccess, "\(retried.text)")
    try work()
    #expect(try scene.statusInDatabase(order) == "awaiting_payment")
    #expect(try souk("sagas", "compensate", saga, "--reason", "fraud").status.isSuccess)
    try work()
    #expect(try scene.statusInDatabase(order) == "cancelled")
    #expect(
      try decisions() == [
        "retry await_payment by souk: mai: they called",
        "compensate await_payment by souk: mai: fraud",
      ])
    let shown = try souk("sagas", "show", saga).text
    #expect(shown.contains("compensate by souk: mai, because fraud"), "\(shown)")
    #expect(shown.contains("turned round: fraud"))
    let late = try souk("sagas", "retry", saga, "--reason", "again")
    #expect(!late.status.isSuccess && late.text.contains("nothing left to retry"))
    try scene.checkInvariants()
  }

  /// As where cron runs it, or a container.
  @Test func whoHasNoNameInTheEnvironmentHasOneOnTheSystem() throws {
    let (_, saga) = try waiting()
    let retried = try souk(["sagas", "retry", saga, "--reason", "they called"], as: [:])
    #expect(retried.status.isSuccess, "\(retried.text)")
    let name = try ChildProcess.run(["id", "-un"]).text.split(whereSeparator: \.isNewline)
    #expect(try decisions() == ["retry await_payment by souk: \(name[0]): they called"])
  }

  /// Whoever skips the payment of an order has the goods sent all the same.
  @Test func aStepIsSkipped() throws {
    let (order, saga) = try waiting()
    #expect(try souk("sagas", "skip", saga, "--reason", "paid in the shop").status.isSuccess)
    try work()
    #expect(try scene.statusInDatabase(order) == "processing")
    #expect(try decisions() == ["skip await_payment by souk: mai: paid in the shop"])
    #expect(try souk("sagas", "show", saga).text.contains("await_payment: paid in the shop"))
    try scene.checkInvariants()
  }

  @Test func deadLettersAreReplayedAndDropped() throws {
    let numbers = try (0..<2).map { _ in try scene.bazaar.plantDeadLetter() }
    let standing = try souk("outbox")
    #expect(standing.status.isSuccess && standing.text.contains("mails"), "\(standing.text)")
    let dead = try souk("outbox", "dead").text
    #expect(dead.contains("order.placed.v1") && dead.contains("it failed"), "\(dead)")
    #expect(try !souk("outbox", "drop", "\(numbers[0])").status.isSuccess)
    let replayed = try souk("outbox", "replay", "\(numbers[0])", "--reason", "mended")
    #expect(replayed.status.isSuccess, "\(replayed.text)")
    #expect(try scene.count("SELECT count(*) FROM outbox.deferred") == 1)
    let dropped = try souk("outbox", "drop", "\(numbers[1])", "--reason", "useless")
    #expect(dropped.status.isSuccess, "\(dropped.text)")
    #expect(try scene.count("SELECT count(*) FROM outbox.deferred") == 1)
    #expect(
      try scene.bazaar.stack.look().query(
        """
        SELECT l.settled_as || ' by ' || l.settled_by || ': ' || l.settled_because
        FROM outbox.dead_letters AS l ORDER BY l.number
        """
      ) { row in try row.next() as String }
        == ["replayed by souk: mai: mended", "dropped by souk: mai: useless"])
    #expect(try souk("outbox", "dead").text.contains("there are none"))
    let again = try souk("outbox", "replay", "\(numbers[0])", "--reason", "again")
    #expect(!again.status.isSuccess && again.text.contains("no dead letter"))
    #expect(try !souk("outbox", "replay", "x", "--reason", "why").status.isSuccess)
  }

  private func settled() throws -> [String] {
    try scene.bazaar.stack.look().query(
      """
      SELECT l.number || ' ' || l.settled_as || ' by ' || l.settled_by || ': ' || l.settled_because
      FROM outbox.dead_letters AS l WHERE l.settled_as IS NOT NULL ORDER BY l.number
      """
    ) { row in try row.next() }
  }

  @Test func theOldestDeadLetterIsListedFirst() throws {
    let numbers = try (0..<3).map { _ in try scene.bazaar.plantDeadLetter() }
    let listed = try souk("outbox", "dead", "-n", "2").text.split(separator: "\n")
    let shown = listed.dropFirst().prefix(2).map { Int($0.split(separator: " ").first ?? "") }
    #expect(shown == Array(numbers.prefix(2)))
    #expect(listed.last?.contains("2 of 3") == true && listed.last?.contains("-n") == true)
    #expect(try !souk("outbox", "dead", "-n", "3").text.contains(" of "))
    #expect(try souk("outbox", "dead", "--consumer", "nobody").text.contains("there are none"))
    #expect(try souk("outbox", "calls", "-n", "2").text.contains("there are none"))
  }

  /// All of one consumer's at once, each noted like one alone.
  @Test func allDeadLettersOfAConsumerAreReplayed() throws {
    let numbers = try (0..<3).map { _ in try scene.bazaar.plantDeadLetter() }
    let other = try scene.bazaar.plantDeadLetter()
    try scene.bazaar.stack.look().execute(
      "INSERT INTO outbox.consumers (name) VALUES ('sales') ON CONFLICT (name) DO NOTHING")
    try scene.bazaar.stack.look().execute(
      "UPDATE outbox.dead_letters SET consumer = 'sales' WHERE number = \(other)")
    for words in [
      ["outbox", "replay"], ["outbox", "replay", "--all", "--consumer", "mails"],
      ["outbox", "replay", "\(other)", "--all"], ["outbox", "drop", "--consumer", "mails"],
    ] {
      #expect(try !souk(words + ["--reason", "why"], as: [:]).status.isSuccess, "\(words)")
    }
    let silent = try souk("outbox", "replay", "--consumer", "mails")
    #expect(!silent.status.isSuccess && silent.text.contains("say why"))
    #expect(try settled() == [])
    let replayed = try souk("outbox", "replay", "--consumer", "mails", "--reason", "mended")
    #expect(replayed.status.isSuccess && replayed.text.contains("replayed 3"), "\(replayed.text)")
    let notes = numbers.map { "\($0) replayed by souk: mai: mended" }
    #expect(try settled() == notes)
    #expect(try scene.count("SELECT count(*) FROM outbox.deferred WHERE consumer = 'mails'") == 3)
    let again = try souk("outbox", "replay", "--consumer", "mails", "--reason", "mended")
    #expect(!again.status.isSuccess && again.text.contains("no dead letter of mails"))
    let rest = try souk("outbox", "replay", "--all", "--reason", "all of it")
    #expect(rest.status.isSuccess && rest.text.contains("replayed 1"), "\(rest.text)")
    #expect(try settled() == notes + ["\(other) replayed by souk: mai: all of it"])
  }

  @Test func soManyLettersAreReplayedAtOnceFromTheOldestEventOn() throws {
    // They died in another order than they happened in.
    let numbers = try (0..<4).map { _ in try scene.bazaar.plantDeadLetter() }
    let look = scene.bazaar.stack.look()
    try look.execute("UPDATE outbox.dead_letters SET position = 100 - position")
    let count = try look.transaction { transaction in
      try DeadLetterDirectory.replay(
        of: "mails", by: "me", because: "why", limit: 3, at: Clock.system.now, in: transaction)
    }
    #expect(count == 3)
    #expect(try settled() == numbers.dropFirst().map { "\($0) replayed by me: why" })
    let left = try DeadLetterDirectory.waiting(for: "mails", limit: 9, in: look)
    #expect(left.letters.map(\.number) == [numbers[0]] && left.total == 1)
  }
}
