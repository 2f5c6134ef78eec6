internal import Core
internal import Glibc
package import Lanes

/// One connection, made when first needed. One worker owns it: it is not `Sendable`.
package final class Database: Querying {
  package let settings: DatabaseSettings
  /// Hears the text of every statement sent; for tests.
  package var onStatement: ((String) -> Void)?

  /// Called after the COMMIT of a transaction that had news.
  package var onNews: (() -> Void)?

  /// Lives as long as this connection: a test's database is dropped after its last user.
  package var companion: AnyObject?

  private let lanes: Lanes
  private var tallies: [DatabaseStatistics]
  private var connection: Connection?
  private var unasked: [Exchange] = []
  private var refusal: (error: PostgresError, time: UInt64)?
  /// The server is inside a transaction; all other lanes stand still.
  private var isInTransaction = false
  /// Lanes that have a transaction, whether or not the server knows of it yet.
  private var transacting: Set<Int> = []

  private static let repeatsMax = 3
  /// After a failed connect the next attempt waits, so that a fallen server is not run over.
  private static let connectPauseNanoseconds: UInt64 = 200_000_000

  /// `lanes` are those of the worker that owns it.
  package init(_ settings: DatabaseSettings, lanes: Lanes = Lanes()) {
    self.settings = settings
    self.lanes = lanes
    tallies = Array(repeating: DatabaseStatistics(), count: lanes.count)
  }

  /// What the requests of this lane have cost.
  package var statistics: DatabaseStatistics { tallies[lanes.current] }

  /// Runs the statements as one implicit transaction, in one round trip, which it shares with what
  /// other lanes ask.
  package func exchange(_ statements: [SQL]) throws(PostgresError) -> [Rows] {
    guard !isInTransaction else { throw Self.isBusy }
    let point = CrashPoints.before("ask", alone: true, Self.words(statements))
    defer { CrashPoints.after(point) }
    return try exchange(Exchange(statements))
  }

  private func exchange(_ exchange: Exchange) throws(PostgresError) -> [Rows] {
    try Self.check(exchange.statements)
    tallies[lanes.current].roundTrips += 1
    tallies[lanes.current].statements += exchange.count
    unasked.append(exchange)
    lanes.pause()
    if exchange.outcome == nil { ask() }
    guard let outcome = exchange.outcome else { throw Self.isGone }
    return try outcome.get()
  }

  /// A transaction that has asked nothing before.
  func write(_ statements: [SQL], _ late: LateRows) throws(PostgresError) {
    let exchange = Exchange(statements, late)
    let point = CrashPoints.before("sql", Self.words(statements + late.statements))
    defer { CrashPoints.after(point) }
    _ = try self.exchange(exchange)
  }

  private static func words(_ statements: [SQL]) -> String {
    statements.map(\.text).joined(separator: "; ")
  }

  /// What one lane asks outside a transaction.
  private final class Exchange {
    let statements: [SQL]
    let late: LateRows
    var outcome: Result<[Rows], PostgresError>?

    init(_ statements: [SQL], _ late: LateRows = LateRows()) {
      self.statements = statements
      self.late = late
    }

    var count: Int { statements.count + late.count }
  }

  /// Asks what all lanes have put by. An error stands in the outcome.
  private func ask() {
    let exchanges = unasked
    unasked = []
    let start = Clock.monotonicNanoseconds()
    defer { tallies[lanes.current].nanoseconds += Clock.monotonicNanoseconds() - start }
    do throws(PostgresError) {
      try makeReady()
      if try askTogether(exchanges) { return }
      askApart(exchanges)
    } catch {
      for exchange in exchanges { exchange.outcome = .failure(error) }
    }
  }

  /// What each has queued, and then the late rows of all. False when they have to go apart.
  private func askTogether(_ exchanges: [Exchange]) throws(PostgresError) -> Bool {
    guard exchanges.count > 1 else { return false }
    var late = LateRows()
    for exchange in exchanges { late.add(exchange.late) }
    let rows = late.statements
    // Whose rows do not fit comes out when they go apart.
    do throws(PostgresError) { try Self.check(rows) } catch { return false }
    let pieces = exchanges.map(\.statements) + [rows]
    guard let answers = try connection?.exchangeTogether(pieces) else { return false }
    for piece in pieces { tell(piece) }
    for (exchange, rows) in zip(exchanges, answers) { exchange.outcome = .success(rows) }
    return true
  }

  private func askApart(_ exchanges: [Exchange]) {
    var fit: [(exchange: Exchange, statements: [SQL])] = []
    for exchange in exchanges {
      do throws(PostgresError) {
        let rows = exchange.late.statements
        try Self.check(rows)
        fit.append((exchange, exchange.statements + rows))
        tell(exchange.statements + rows)
      } catch {
        exchange.outcome = .failure(error)
      }
    }
    let outcomes = connection?.exchange(fit.map(\.statements)) ?? []
    for (exchange, outcome) in zip(fit.map(\.exchange), outcomes) { exchange.outcome = outcome }
  }

  private static func check(_ statements: [SQL]) throws(PostgresError) {
    for statement in statements { try statement.check() }
  }

  private func tell(_ statements: [SQL]) {
    guard let onStatement else { return }
    for statement in statements { onStatement(statement.text) }
  }

  /// Runs `body` in a transaction. BEGIN goes out with the first statement; a body that asks
  /// nothing costs nothing, and what a body only queues travels with what other lanes ask, as one
  /// transaction with one COMMIT. When `body` throws, everything is rolled back and its error comes
  /// out as it was. After a serialization failure or a deadlock the whole body runs again, at most
  /// three times.
  @discardableResult
  package func transaction<R>(
    isolation: Transaction.Isolation = .readCommitted, _ body: (Transaction) throws -> R
  ) throws -> R {
    guard transacting.insert(lanes.current).inserted else { throw Self.isBusy }
    defer { transacting.remove(lanes.current) }
    var repeats = 0
    while true {
      let transaction = Transaction(on: self, isolation: isolation)
      do {
        return try run(body, in: transaction)
      } catch {
        guard transaction.failure?.code == .serialization, repeats < Self.repeatsMax else {
          throw error
        }
      }
      repeats += 1
      Self.pause(beforeRepeat: repeats)
    }
  }

  private func run<R>(_ body: (Transaction) throws -> R, in transaction: Transaction) throws -> R {
    let (result, afterwards) = try attempt(body, in: transaction)
    for action in afterwards { action() }
    if transaction.hasNews { onNews?() }
    return result
  }

  private func attempt<R>(
    _ body: (Transaction) throws -> R, in transaction: Transaction
  ) throws -> (R, [() -> Void]) {
    defer { transaction.end() }
    do {
      let result = try body(transaction)
      let afterwards = try transaction.commit()
      leave(transaction)
      return (result, afterwards)
    } catch {
      if transaction.hasBegun { rollBack() }
      leave(transaction)
      throw error
    }
  }

  /// Whatever another lane sent on this connection from here on would be part of the transaction.
  func enter(_ transaction: Transaction) {
    isInTransaction = true
    lanes.hold()
  }

  private func leave(_ transaction: Transaction) {
    guard transaction.hasBegun else { return }
    isInTransaction = false
    lanes.letGo()
  }

  /// A connection that cannot roll back is given up, and the server rolls back for it.
  private func rollBack() {
    guard connection?.isInTransaction == true else { return }
    do throws(PostgresError) {
      _ = try roundTrip(["ROLLBACK"], reconnecting: false)
    } catch {
      connection = nil
    }
  }

  /// Sends the statements of a transaction and waits for their results. Only when nothing of it
  /// has been sent yet may it reconnect: what was sent is never sent twice.
  func roundTrip(
    _ statements: [SQL], reconnecting: Bool
  ) throws(PostgresError) -> [Rows] {
    try Self.check(statements)
    if reconnecting { try makeReady() }
    let start = Clock.monotonicNanoseconds()
    defer { tallies[lanes.current].nanoseconds += Clock.monotonicNanoseconds() - start }
    tallies[lanes.current].roundTrips += 1
    tallies[lanes.current].statements += statements.count
    tell(statements)
    let point = CrashPoints.before("sql", Self.words(statements))
    defer { CrashPoints.after(point) }
    guard let outcome = connection?.exchange([statements]).first else { throw Self.isGone }
    return try outcome.get()
  }

  /// Runs a script of many statements inside the open transaction, without parameters.
  func run(script: String) throws(PostgresError) {
    guard let isStillOpen = try connection?.run(script: script) else { throw Self.isGone }
    guard isStillOpen else {
      throw PostgresError(.other, "the script ends the transaction it runs in")
    }
  }

  func copy(_ command: String, _ next: () throws -> [UInt8]?) throws {
    guard connection != nil else { throw Self.isGone }
    try connection?.copy(command, next)
  }

  private func makeReady() throws(PostgresError) {
    if connection?.isReady() == true { return }
    connection = nil
    if let refusal,
      Clock.monotonicNanoseconds() - refusal.time < Self.connectPauseNanoseconds
    {
      throw refusal.error
    }
    do {
      connection = try Connection(settings)
      tallies[lanes.current].connects += 1
      refusal = nil
    } catch {
      refusal = (error, Clock.monotonicNanoseconds())
      throw error
    }
  }

  /// Some random milliseconds, more each time, so that those who collided part.
  private static func pause(beforeRepeat number: Int) {
    var pause = timespec(tv_sec: 0, tv_nsec: .random(in: 0..<(10_000_000 << number)))
    unsafe nanosleep(&pause, nil)
  }

  private static let isBusy = PostgresError(
    .other, "the database is inside a transaction: ask the transaction")
  private static let isGone = PostgresError(.connectionLost, "the connection is gone")
}
