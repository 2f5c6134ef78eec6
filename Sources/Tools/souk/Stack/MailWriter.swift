import Core
import Glibc
import JSON
import Log
import Postgres
import Processes

/// Writes each mail that a function asks for as a file, where nobody sends them yet.
struct MailWriter {
  private let home: Home
  private let database: Database
  private let wakeups: Wakeups
  private let log = Logger(function: "mails")

  private static let pause = Duration.milliseconds(500)
  private static let batch = 100

  init(_ home: Home, _ environment: Environment) throws {
    self.home = home
    database = try Backends(home, environment).database(for: "mails")
    wakeups = try Wakeups([SIGTERM, SIGINT])
  }

  /// Runs until it is told to end. A database that is away is waited for.
  func run() throws {
    try Files.makeDirectory(home.mail)
    var cursor = try readCursor()
    while wakeups.next(timeout: Self.pause).signals.isEmpty {
      do {
        cursor = try writeMails(after: cursor)
      } catch let error as PostgresError where error.isUnavailable {
        log.warning("the database is away", ["error": .text("\(error)")])
      }
    }
  }

  private func readCursor() throws -> Int {
    guard Files.exists(home.mailCursor) else { return 0 }
    guard let cursor = Int(try Files.readText(home.mailCursor).dropLast()) else {
      throw Failure("\(home.mailCursor) holds no number: remove it to write all mails again")
    }
    return cursor
  }

  /// The cursor moves after the files: cut off between, the same files are written once more.
  private func writeMails(after cursor: Int) throws -> Int {
    let events = try committedEvents(after: cursor)
    for event in events {
      guard let mail = Mail(event.payload, at: event.occurredAt) else {
        log.warning("a mail cannot be read", ["sequence": .number(event.sequence)])
        continue
      }
      try Files.write(
        Array(mail.text.utf8), to: "\(home.mail)/\(mail.fileName(sequence: event.sequence))")
    }
    guard let last = events.last?.sequence else { return cursor }
    try Files.write(Array("\(last)\n".utf8), to: home.mailCursor)
    return last
  }

  private struct Event {
    let sequence: Int
    let occurredAt: Timestamp
    let payload: JSONValue
  }

  /// Only what lies below the oldest running transaction: beyond it a lower number may still
  /// appear.
  private func committedEvents(after cursor: Int) throws -> [Event] {
    try database.query(
      """
      SELECT e.sequence, e.occurred_at, e.payload::text FROM outbox.events AS e
      WHERE e.sequence > \(cursor) AND e.type = 'mail.requested.v1'
        AND e.transaction_id < pg_snapshot_xmin(pg_current_snapshot())
      ORDER BY e.sequence
      LIMIT \(Self.batch)
      """
    ) { row in
      let (sequence, time): (Int, Timestamp) = (try row.next(), try row.next())
      let payload: String = try row.next()
      return Event(
        sequence: sequence, occurredAt: time, payload: try JSONValue.parse(Array(payload.utf8)))
    }
  }
}
