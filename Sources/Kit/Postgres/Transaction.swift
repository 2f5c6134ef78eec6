/// An open transaction. Only `Database.transaction` makes one; after its end it throws.
package final class Transaction: Querying {
  package enum Isolation: String, Sendable {
    case readCommitted = "READ COMMITTED"
    case repeatableRead = "REPEATABLE READ"
    case serializable = "SERIALIZABLE"
  }

  /// What a transaction queues at most before something is asked of it.
  package static let queuedStatementsMax = 1000

  private let database: Database
  /// BEGIN at first; sent in front of whatever comes next.
  private var queued: [SQL]
  private let isolation: Isolation
  private(set) var hasBegun = false
  private var hasEnded = false
  private var commitActions: [() -> Void] = []
  private var lateRows = LateRows()
  /// It holds something that others wait to hear of: `Database.onNews` is called after the COMMIT.
  package var hasNews = false
  /// The first error of a statement: from then on the transaction can only be rolled back.
  private(set) var failure: PostgresError?

  init(on database: Database, isolation: Isolation) {
    self.database = database
    self.isolation = isolation
    queued = ["BEGIN ISOLATION LEVEL \(unescaped: isolation.rawValue)"]
  }

  package func exchange(_ statements: [SQL]) throws(PostgresError) -> [Rows] {
    guard !hasEnded else { throw PostgresError(.other, "the transaction has already ended") }
    if let failure { throw failure }
    queueLateRows(isCommit: statements.isEmpty)
    let isFirst = !hasBegun
    if isFirst {
      hasBegun = true
      database.enter(self)
    }
    do {
      let ahead = queued
      queued = []
      let results = try database.roundTrip(ahead + statements, reconnecting: isFirst)
      return Array(results.dropFirst(ahead.count))
    } catch {
      failure = error
      throw error
    }
  }

  /// For what may as well be read before the transaction begins: then it goes along with what other
  /// lanes ask. Within one that has begun it is the transaction itself.
  package var beforehand: any Querying { hasBegun ? self : database }

  /// Queues a statement whose result nobody needs: it is sent with the next statement or the
  /// COMMIT, where its error comes out.
  package func enqueue(_ sql: SQL) {
    precondition(!hasEnded, "the transaction has already ended")
    guard queued.count < Self.queuedStatementsMax else {
      failure = failure ?? PostgresError(.other, "too many statements queued in a transaction")
      return
    }
    queueLateRows(isCommit: false)
    queued.append(sql)
  }

  /// Does not wait for the disk at its COMMIT: when the server falls within the next half second,
  /// all of it may be gone. To be said first.
  package func goOnBeforeItIsOnDisk() {
    enqueue("SELECT set_config('synchronous_commit', 'off', true)")
  }

  /// Those who take the turn of one name come one after the other, until the COMMIT: also where
  /// there is no row that they could lock.
  package func takeTurn(_ name: String) {
    enqueue("SELECT pg_advisory_xact_lock(hashtextextended(\(name), 0))")
  }

  /// To be written with others of its kind: `LateRow`. An error comes out where they are sent; an
  /// exchange of nothing sends all of them.
  package func late(_ row: some LateRow) {
    precondition(!hasEnded, "the transaction has already ended")
    lateRows.add([row])
  }

  private func queueLateRows(isCommit: Bool) { queued += lateRows.take(isCommit: isCommit) }

  /// Runs after a successful COMMIT; not after a rollback, and not for a try that is repeated.
  package func onCommit(_ action: @escaping () -> Void) {
    commitActions.append(action)
  }

  /// Returns what is to be done after it.
  func commit() throws(PostgresError) -> [() -> Void] {
    if let failure { throw failure }
    let isIdle = queued.count == 1 && lateRows.isEmpty
    if hasBegun || (isolation != .readCommitted && !isIdle) {
      queueLateRows(isCommit: true)
      let answer = try exchange(["COMMIT"])
      guard answer[0].tag == "COMMIT" else {
        throw PostgresError(.other, "COMMIT was answered by \(answer[0].tag)")
      }
    } else if !isIdle {
      try commitWhatIsQueued()
    }
    hasEnded = true
    return commitActions
  }

  /// Without BEGIN and COMMIT: what is sent together is one transaction anyway.
  private func commitWhatIsQueued() throws(PostgresError) {
    do throws(PostgresError) {
      try database.write(Array(queued.dropFirst()), lateRows)
    } catch {
      failure = error
      throw error
    }
  }

  /// Copies rows into a table, by far the fastest way to write many. `columns` are taken as they
  /// stand; `next` gives rows until it says nil. Throws what `next` throws.
  package func copy(into columns: String, _ next: () throws -> CopyRows?) throws {
    _ = try exchange([])
    do {
      try database.copy("COPY \(columns) FROM STDIN") { try next()?.bytes }
    } catch {
      failure = (error as? PostgresError) ?? PostgresError(.other, "the copy was given up")
      throw error
    }
  }

  /// Runs a script of many statements, which must not end the transaction itself.
  func run(script: String) throws(PostgresError) {
    _ = try exchange([])
    do { try database.run(script: script) } catch {
      failure = error
      throw error
    }
  }

  func end() { hasEnded = true }
}
