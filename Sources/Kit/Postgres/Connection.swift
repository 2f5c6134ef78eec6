internal import Core

/// One session with Postgres, spoken with in its own protocol: what libpq would load for logins
/// that nobody here uses took more than a third of a function's memory, and it describes the
/// columns of every answer anew.
struct Connection: ~Copyable {
  private var channel: Channel
  private let answerTimeout: Duration
  private var statements = Statements()
  private var messages = ClientMessages()
  private(set) var state = State.idle
  /// Prepared statements no longer fit the schema: a fresh session is the cure.
  private var isStale = false
  /// The server waits for something that will not come.
  private var isStuck = false

  enum State: UInt8 {
    case idle = 0x49  // I
    case inTransaction = 0x54  // T
    case inFailedTransaction = 0x45  // E
    /// Between sending and the last answer: a session that stays here is of no more use.
    case midway = 0
  }

  private enum Command {
    case prepare(Statements.Statement)
    case run(Statements.Statement)
    case runUnprepared
  }

  init(_ settings: DatabaseSettings) throws(PostgresError) {
    answerTimeout = settings.answerTimeout
    channel = try openSession(settings)
  }

  var isInTransaction: Bool { state == .inTransaction || state == .inFailedTransaction }

  /// Whether a request can be sent: idle, and not closed by the server in the meantime.
  mutating func isReady() -> Bool {
    guard state == .idle, !isStale else { return false }
    do throws(PostgresError) {
      // A notice or a changed setting may have come, but also the server's goodbye.
      while let message = try channel.straggler() {
        guard Self.isNews(message) else { return false }
      }
      return true
    } catch {
      return false
    }
  }

  /// One round trip for several exchanges, each in a transaction of its own. When the session
  /// fails, those not answered yet hear why.
  mutating func exchange(_ exchanges: [[SQL]]) -> [Result<[Rows], PostgresError>] {
    var after = state
    begin()
    var outcomes: [Result<[Rows], PostgresError>] = []
    do throws(PostgresError) {
      var batches: [[Command]] = []
      for exchange in exchanges {
        batches.append(queue(exchange))
        messages.sync()
      }
      try send()
      for batch in batches {
        let outcome: Result<[Rows], PostgresError>
        (outcome, after) = try answer(to: batch)
        outcomes.append(outcome)
      }
      // Only the last one's answer ends the round trip.
      state = after
    } catch {
      outcomes.append(.failure(error))
      // A refusal is for the one that it was said to.
      let rest = error.isUnavailable ? error : Self.isLost
      while outcomes.count < exchanges.count { outcomes.append(.failure(rest)) }
    }
    return outcomes
  }

  /// One round trip for several exchanges that share one implicit transaction, which costs least.
  /// Nil when one was refused: then nothing of it has happened.
  mutating func exchangeTogether(_ exchanges: [[SQL]]) throws(PostgresError) -> [[Rows]]? {
    begin()
    let commands = exchanges.flatMap { exchange in queue(exchange) }
    messages.sync()
    try send()
    let outcome: Result<[Rows], PostgresError>
    do throws(PostgresError) {
      (outcome, state) = try answer(to: commands)
    } catch {
      throw error.isUnavailable ? error : Self.isLost
    }
    guard case .success(let rows) = outcome else { return nil }
    var rest = rows[...]
    return exchanges.map { exchange in
      defer { rest = rest.dropFirst(exchange.count) }
      return Array(rest.prefix(exchange.count))
    }
  }

  private static let isLost = PostgresError(
    .connectionLost, "the session broke while another was answered")

  mutating func begin() {
    state = .midway
    messages.clear()
    statements.beginRoundTrip()
  }

  mutating func send(
    _ add: (inout ClientMessages) -> Void = { _ in }
  ) throws(PostgresError) {
    add(&messages)
    try channel.send(messages, until: Deadline(after: answerTimeout))
    messages.clear()
  }

  private mutating func queue(_ exchange: [SQL]) -> [Command] {
    var commands: [Command] = []
    for sql in exchange {
      switch statements.standing(of: sql) {
      case .known(let statement): commands.append(run(statement, sql))
      case .begun(let statement):
        messages.parse(sql.text, sql.binds.types, name: statement.name)
        messages.describeStatement(statement.name)
        commands += [.prepare(statement), run(statement, sql)]
      case .unprepared:
        messages.parse(sql.text, sql.binds.types, name: "")
        messages.bind(sql.binds, toStatement: "")
        messages.describePortal()
        messages.execute()
        commands.append(.runUnprepared)
      }
    }
    return commands
  }

  private mutating func run(_ statement: Statements.Statement, _ sql: SQL) -> Command {
    messages.bind(sql.binds, toStatement: statement.name)
    messages.execute()
    return .run(statement)
  }

  /// What was asked up to one Sync, and how the session stands then. A refusal is the outcome,
  /// after the rest has been taken in, so that the session is ready for what follows. Throws when
  /// the session is of no more use.
  private mutating func answer(
    to commands: [Command]
  ) throws(PostgresError) -> (Result<[Rows], PostgresError>, State) {
    var results: [Rows] = []
    results.reserveCapacity(commands.count)
    var refusal: PostgresError?
    for command in commands {
      if refusal == nil {
        do throws(PostgresError) {
          if let rows = try answer(to: command) { results.append(rows) }
        } catch {
          if error.isUnavailable || isStuck { throw error }
          refusal = error
        }
      }
      // After a refusal the server skips what follows up to the Sync.
      if refusal != nil, case .prepare(let statement) = command { statements.forget(statement) }
    }
    do throws(PostgresError) {
      // Committed only now.
      let state = try receiveReady(&refusal)
      return (refusal.map { .failure($0) } ?? .success(results), state)
    } catch {
      throw refusal ?? error
    }
  }

  private mutating func answer(to command: Command) throws(PostgresError) -> Rows? {
    switch command {
    case .prepare(let statement):
      try expect("1")  // parsed
      try expect("t")  // its parameters
      statement.columns = try receiveColumns()
      return nil
    case .run(let statement):
      try expect("2")  // bound
      return try receiveRows(statement.columns)
    case .runUnprepared:
      try expect("1")
      try expect("2")
      return try receiveRows(try receiveColumns())
    }
  }

  private mutating func receiveColumns() throws(PostgresError) -> Columns {
    let message = try receive()
    if message.isA("n") { return .none }
    guard message.isA("T") else { throw message.unexpected() }
    return try Columns(message)
  }

  private mutating func receiveRows(_ columns: Columns) throws(PostgresError) -> Rows {
    let deadline = Deadline(after: answerTimeout)
    var rows = Rows(columns)
    while true {
      let message = try receive(until: deadline)
      switch UnicodeScalar(message.kind) {
      case "D": try rows.add(message)
      case "C":
        try rows.end(message)
        return rows
      case "I": return rows  // An empty statement.
      case "G", "H", "W":
        isStuck = true
        throw PostgresError(.other, "only queries are supported here, not COPY")
      default: throw message.unexpected()
      }
    }
  }

  private mutating func receiveReady(
    _ refusal: inout PostgresError?
  ) throws(PostgresError) -> State {
    while true {
      do throws(PostgresError) {
        return try Self.state(in: try receive())
      } catch {
        // A constraint that waits for the COMMIT.
        guard refusal == nil, !error.isUnavailable else { throw error }
        refusal = error
      }
    }
  }

  mutating func end(_ message: ServerMessage) throws(PostgresError) {
    state = try Self.state(in: message)
  }

  private static func state(in message: ServerMessage) throws(PostgresError) -> State {
    var body = message
    guard message.isA("Z"), let state = State(rawValue: try body.byte()), state != .midway else {
      throw message.unexpected()
    }
    return state
  }

  mutating func expect(_ kind: Unicode.Scalar) throws(PostgresError) {
    let message = try receive()
    guard message.isA(kind) else { throw message.unexpected() }
  }

  mutating func receive() throws(PostgresError) -> ServerMessage {
    try receive(until: Deadline(after: answerTimeout))
  }

  /// The next message that answers something. Throws what the server refuses by.
  private mutating func receive(until deadline: Deadline) throws(PostgresError) -> ServerMessage {
    while true {
      let message = try channel.message(until: deadline)
      if message.isA("E") {
        let refusal = try Refusal(message)
        if refusal.isOfStaleStatement { isStale = true }
        throw refusal.error
      }
      if !Self.isNews(message) { return message }
    }
  }

  /// Notices, changed settings and notifications may come at any time.
  private static func isNews(_ message: ServerMessage) -> Bool {
    message.isA("N") || message.isA("S") || message.isA("A")
  }
}
