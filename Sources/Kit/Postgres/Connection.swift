internal import CPostgres
internal import Core
internal import Glibc

/// One session with Postgres, in libpq's pipeline mode and never waiting without a bound.
/// Safe because the handle has one owner and every request needs exclusive access to it.
@safe struct Connection: ~Copyable {
  let handle: OpaquePointer
  let answerTimeout: Duration
  /// Set by libpq's notice receiver when the server says goodbye to an idle session.
  private let isDismissed: UnsafeMutablePointer<Bool>
  private var prepared: [StatementKey: String] = [:]
  private var namesGiven = 0
  /// Being prepared in this round trip: whether it succeeds is not known yet.
  private var unproven: Set<StatementKey> = []
  /// Between sending and the last answer: a session that stays here is of no more use.
  var isMidway = false
  /// Prepared statements no longer fit the schema: a fresh session is the cure.
  private var isStale = false

  /// Beyond it statements are sent unprepared: texts made at run time must not fill the server.
  static let preparedMax = 256

  private struct StatementKey: Hashable {
    let text: String
    let types: [UInt32]
  }

  private enum Command {
    case prepare(StatementKey)
    case execute
  }

  private enum Answer {
    case rows(Rows)
    case refused(PostgresError)
    /// Not run, because a statement before it was refused.
    case skipped
  }

  init(_ settings: DatabaseSettings) throws(PostgresError) {
    answerTimeout = settings.answerTimeout
    unsafe handle = try openSession(settings)
    unsafe isDismissed = .allocate(capacity: 1)
    unsafe isDismissed.initialize(to: false)
    unsafe PQsetNoticeReceiver(handle, receiveNotice, isDismissed)
  }

  deinit {
    unsafe PQfinish(handle)
    unsafe isDismissed.deallocate()
  }

  var isInTransaction: Bool {
    unsafe !isMidway && PQstatus(handle) == CONNECTION_OK
      && PQtransactionStatus(handle) != PQTRANS_IDLE
  }

  /// Whether a request can be sent: idle, and not closed by the server in the meantime.
  mutating func isReady() -> Bool {
    guard !isMidway, !isStale, unsafe PQstatus(handle) == CONNECTION_OK,
      unsafe PQtransactionStatus(handle) == PQTRANS_IDLE
    else { return false }
    var socket = pollfd(fd: unsafe PQsocket(handle), events: Int16(POLLIN) | hungUp, revents: 0)
    guard unsafe poll(&socket, 1, 0) > 0 else { return true }
    guard socket.revents == Int16(POLLIN) else { return false }
    // A notice, a changed setting, or the server's goodbye: take it in.
    return unsafe PQconsumeInput(handle) == 1 && PQisBusy(handle) == 0
      && PQstatus(handle) == CONNECTION_OK && !isDismissed.pointee
  }

  /// One round trip for several exchanges, each in a transaction of its own. When the session
  /// fails, those not answered yet hear why.
  mutating func exchange(_ exchanges: [[SQL]]) -> [Result<[Rows], PostgresError>] {
    isMidway = true
    unproven = []
    var outcomes: [Result<[Rows], PostgresError>] = []
    do throws(PostgresError) {
      let batches = try exchanges.map { exchange throws(PostgresError) in
        let commands = try send(exchange)
        try sendSync()
        return commands
      }
      for batch in batches {
        let outcome = try answer(to: batch)
        try receiveSync()
        outcomes.append(outcome)
      }
      try receiveEnd()
      isMidway = false
    } catch {
      while outcomes.count < exchanges.count { outcomes.append(.failure(error)) }
    }
    return outcomes
  }

  /// One round trip for several exchanges that share one implicit transaction, which costs least.
  /// Nil when one was refused: then nothing of it has happened.
  mutating func exchangeTogether(_ exchanges: [[SQL]]) throws(PostgresError) -> [[Rows]]? {
    isMidway = true
    unproven = []
    let batches = try exchanges.map { exchange throws(PostgresError) in try send(exchange) }
    try sendSync()
    var answers: [[Rows]] = []
    for batch in batches {
      if case .success(let rows) = try answer(to: batch) { answers.append(rows) }
    }
    // Committed only now.
    try receiveSync()
    try receiveEnd()
    isMidway = false
    return answers.count == batches.count ? answers : nil
  }

  private mutating func send(_ statements: [SQL]) throws(PostgresError) -> [Command] {
    var commands = [Command]()
    for statement in statements { try send(statement, &commands) }
    return commands
  }

  private func sendSync() throws(PostgresError) {
    guard unsafe PQpipelineSync(handle) == 1 else { throw lost() }
  }

  /// The first refusal is the outcome, after the rest has been taken in, so that the session is
  /// ready for what follows. Throws when the session is of no more use.
  private mutating func answer(
    to commands: [Command]
  ) throws(PostgresError) -> Result<[Rows], PostgresError> {
    var results = [Rows]()
    var refusal: PostgresError?
    do throws(PostgresError) {
      for command in commands {
        switch (command, try receive()) {
        case (.execute, .rows(let rows)): results.append(rows)
        case (.prepare, .rows), (.execute, .skipped): break
        case (.prepare(let key), .skipped): prepared[key] = nil
        case (.prepare(let key), .refused(let error)):
          prepared[key] = nil
          refusal = error
        case (.execute, .refused(let error)): refusal = error
        }
      }
    } catch {
      throw refusal ?? error
    }
    return refusal.map { .failure($0) } ?? .success(results)
  }

  /// A statement seen for the first time is prepared in the round trip that runs it. Others in the
  /// same round trip do not rely on that.
  private mutating func send(
    _ statement: SQL, _ commands: inout [Command]
  ) throws(PostgresError) {
    let types = statement.binds.types
    let key = StatementKey(text: statement.text, types: types)
    var name = unproven.contains(key) ? nil : prepared[key]
    if prepared[key] == nil, prepared.count < Self.preparedMax {
      let newName = "s\(namesGiven)"
      namesGiven += 1
      name = newName
      guard unsafe PQsendPrepare(handle, newName, key.text, Int32(types.count), types) == 1 else {
        throw lost()
      }
      prepared[key] = newName
      unproven.insert(key)
      commands.append(.prepare(key))
    }
    try sendExecute(statement, name: name)
    commands.append(.execute)
  }

  private func sendExecute(_ statement: SQL, name: String?) throws(PostgresError) {
    let binds = statement.binds
    let count = Int32(binds.count)
    let binaryResults: Int32 = 1
    let sent = unsafe binds.bytes.withUnsafeBytes { buffer in
      let values = unsafe binds.offsets.map { offset in
        unsafe offset.flatMap { unsafe buffer.baseAddress?.advanced(by: $0) }?
          .assumingMemoryBound(to: CChar.self)
      }
      return if let name {
        unsafe PQsendQueryPrepared(
          handle, name, count, values, binds.lengths, binds.formats, binaryResults)
      } else {
        unsafe PQsendQueryParams(
          handle, statement.text, count, binds.types, values, binds.lengths, binds.formats,
          binaryResults)
      }
    }
    guard sent == 1 else { throw lost() }
  }

  /// The answer to one command. Throws only when the session is of no more use.
  private mutating func receive() throws(PostgresError) -> Answer {
    guard let result = unsafe try nextResult() else { throw lost() }
    let rows = unsafe Rows(result)
    let answer: Answer
    switch unsafe PQresultStatus(result) {
    case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: answer = .rows(rows)
    case PGRES_PIPELINE_ABORTED: answer = .skipped
    case PGRES_FATAL_ERROR:
      let error = unsafe refusal(result)
      if error.isUnavailable { throw error }
      answer = .refused(error)
    default: throw PostgresError(.other, "only queries are supported here, not COPY")
    }
    try receiveEnd()
    return answer
  }

  /// The answer to every command is followed by a null, and so is the whole round trip.
  private func receiveEnd() throws(PostgresError) {
    guard let extra = unsafe try nextResult() else { return }
    unsafe PQclear(extra)
    throw PostgresError(.connectionLost, "an answer that nobody asked for")
  }

  private mutating func receiveSync() throws(PostgresError) {
    guard let result = unsafe try nextResult() else { throw lost() }
    defer { unsafe PQclear(result) }
    guard unsafe PQresultStatus(result) == PGRES_PIPELINE_SYNC else {
      throw unsafe refusal(result)
    }
  }

  /// Runs a script by the simple protocol, which takes many statements in one text. Returns
  /// whether the session is still in a transaction that can go on.
  mutating func run(script: String) throws(PostgresError) -> Bool {
    guard !script.utf8.contains(0) else {
      throw PostgresError(.invalidValue, "the script holds a zero byte")
    }
    isMidway = true
    guard unsafe PQexitPipelineMode(handle) == 1, unsafe PQsendQuery(handle, script) == 1 else {
      throw lost()
    }
    var refused: PostgresError?
    while let result = unsafe try nextResult() {
      defer { unsafe PQclear(result) }
      if unsafe PQresultStatus(result) == PGRES_FATAL_ERROR {
        let error = unsafe refusal(result)
        refused = refused ?? error
      }
    }
    guard unsafe PQenterPipelineMode(handle) == 1 else { throw lost() }
    isMidway = false
    if let refused { throw refused }
    return unsafe PQtransactionStatus(handle) == PQTRANS_INTRANS
  }

  /// The next result, nil at the end of one answer. Sends what is not sent yet meanwhile.
  func nextResult() throws(PostgresError) -> OpaquePointer? {
    let deadline = Deadline(after: answerTimeout)
    while unsafe PQisBusy(handle) == 1 {
      let unsent = unsafe PQflush(handle)
      let events = Int16(unsent == 1 ? POLLIN | POLLOUT : POLLIN)
      // Also for an answer that trickles in without an end.
      guard !deadline.hasPassed,
        unsafe waitForSocket(PQsocket(handle), events, until: deadline)
      else {
        throw PostgresError(.connectionLost, "no answer within \(answerTimeout)")
      }
      // A broken connection may still hold the server's last words: PQgetResult returns them.
      if unsafe PQconsumeInput(handle) == 0 { break }
    }
    return unsafe PQgetResult(handle)
  }

  func lost() -> PostgresError {
    PostgresError(.connectionLost, unsafe String(cString: PQerrorMessage(handle)))
  }

  mutating func refusal(_ result: OpaquePointer) -> PostgresError {
    let state = unsafe CPostgres_sqlstate(result).map { unsafe String(cString: $0) }
    let constraint = unsafe CPostgres_constraint(result).map { unsafe String(cString: $0) }
    let isBroken = unsafe PQstatus(handle) != CONNECTION_OK
    // A cached plan whose columns changed, or a name the server has forgotten.
    if state == "0A000" || state == "26000" { isStale = true }
    return PostgresError(
      isBroken ? .connectionLost : state.map(PostgresError.Code.init(sqlState:)) ?? .connectionLost,
      unsafe String(cString: PQresultErrorMessage(result)), sqlState: state,
      constraint: constraint)
  }
}

/// libpq would print notices to standard error; nobody needs them. What a server says when it ends
/// an idle session comes this way too. Called inside calls to libpq, on the same thread; the
/// context is the session's flag, which outlives its handle.
func receiveNotice(_ context: UnsafeMutableRawPointer?, _ notice: OpaquePointer?) {
  guard let context = unsafe context, let notice = unsafe notice,
    let severity = unsafe CPostgres_severity(notice), unsafe String(cString: severity) == "FATAL"
  else { return }
  unsafe context.assumingMemoryBound(to: Bool.self).pointee = true
}
