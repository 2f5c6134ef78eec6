internal import CPostgres
internal import Core
internal import Glibc

/// The peer has closed its side. A GNU extension, written out because Swift may not import it.
let hungUp: Int16 = 0x2000

/// Opens a session within the connect timeout. The caller owns the handle.
/// Looking up a host name is the one step libpq does not bound.
@unsafe func openSession(_ settings: DatabaseSettings) throws(PostgresError) -> OpaquePointer {
  let parameters = try parameters(settings)
  let names = CStrings(parameters.map(\.name))
  let values = CStrings(parameters.map(\.value))
  guard let handle = unsafe PQconnectStartParams(names.pointers, values.pointers, 1) else {
    throw PostgresError(.connectFailed, "out of memory")
  }
  do throws(PostgresError) {
    unsafe try finishConnecting(handle, within: settings.connectTimeout)
  } catch {
    unsafe PQfinish(handle)
    throw error
  }
  return unsafe handle
}

private func finishConnecting(
  _ handle: OpaquePointer, within timeout: Duration
) throws(PostgresError) {
  // Warnings at login would be printed otherwise.
  unsafe PQsetNoticeReceiver(handle, receiveNotice, nil)
  // The details of an error quote whole rows, which must not reach a log.
  _ = unsafe PQsetErrorVerbosity(handle, PQERRORS_TERSE)
  let deadline = Deadline(after: timeout)
  var events = Int16(POLLOUT)
  connecting: while unsafe PQstatus(handle) != CONNECTION_BAD {
    guard !deadline.hasPassed, unsafe waitForSocket(PQsocket(handle), events, until: deadline)
    else {
      throw PostgresError(.connectFailed, "no connection within \(timeout)")
    }
    switch unsafe PQconnectPoll(handle) {
    case PGRES_POLLING_READING: events = Int16(POLLIN)
    case PGRES_POLLING_WRITING: events = Int16(POLLOUT)
    default: break connecting
    }
  }
  guard unsafe PQstatus(handle) == CONNECTION_OK,
    unsafe PQsetnonblocking(handle, 1) == 0, unsafe PQenterPipelineMode(handle) == 1
  else {
    throw PostgresError(.connectFailed, unsafe String(cString: PQerrorMessage(handle)))
  }
}

/// What goes to libpq: the URL first, then what overrides it.
private func parameters(
  _ settings: DatabaseSettings
) throws(PostgresError) -> [(name: String, value: String)] {
  var options = [try optionsInURL(settings.url)]
  func set(_ name: String, _ value: String) {
    options.append("-c \(name)=\(escaped(value))")
  }
  set("statement_timeout", "\(settings.statementTimeout.milliseconds)")
  set("lock_timeout", "\(settings.lockTimeout.milliseconds)")
  set("idle_in_transaction_session_timeout", "\(settings.idleInTransactionTimeout.milliseconds)")
  // Statements here are short: compiling one was measured at two seconds, running it at a tenth.
  set("jit", "off")
  if settings.plansOnce { set("plan_cache_mode", "force_generic_plan") }
  if !settings.waitsForDisk { set("synchronous_commit", "off") }
  if let role = settings.role { set("role", role) }
  return [
    ("dbname", settings.url),
    ("application_name", settings.applicationName),
    ("client_encoding", "UTF8"),
    ("tcp_user_timeout", "\(settings.answerTimeout.milliseconds)"),
    ("options", options.joined(separator: " ")),
  ]
}

/// The server splits options at spaces and takes a backslash as an escape.
private func escaped(_ value: String) -> String {
  var text = ""
  for character in value {
    if character == " " || character == "\\" { text += "\\" }
    text.append(character)
  }
  return text
}

/// The options of the URL itself, which are kept. Throws when the URL cannot be read.
private func optionsInURL(_ url: String) throws(PostgresError) -> String {
  guard !url.utf8.contains(0) else { throw PostgresError(.connectFailed, "a zero byte in the URL") }
  var reason: UnsafeMutablePointer<CChar>?
  guard let list = unsafe PQconninfoParse(url, &reason) else {
    defer { unsafe PQfreemem(reason) }
    let reason = unsafe reason.map { unsafe String(cString: $0) } ?? "out of memory"
    throw PostgresError(.connectFailed, "the database URL cannot be read: \(reason)")
  }
  defer { unsafe PQconninfoFree(list) }
  var entry = unsafe list
  while let keyword = unsafe entry.pointee.keyword {
    if unsafe String(cString: keyword) == "options", let value = unsafe entry.pointee.val {
      return unsafe String(cString: value)
    }
    unsafe entry += 1
  }
  return ""
}

/// C copies of strings in a list that ends with a null.
/// Safe because it owns the copies and frees them once.
@safe private struct CStrings: ~Copyable {
  let pointers: UnsafeMutablePointer<UnsafePointer<CChar>?>
  private let count: Int

  init(_ strings: [String]) {
    count = strings.count
    unsafe pointers = .allocate(capacity: count + 1)
    for (index, string) in strings.enumerated() {
      unsafe (pointers + index).initialize(to: UnsafePointer(strdup(string)))
    }
    unsafe (pointers + count).initialize(to: nil)
  }

  deinit {
    for index in 0..<count {
      unsafe free(UnsafeMutablePointer(mutating: pointers[index]))
    }
    unsafe pointers.deallocate()
  }
}

struct Deadline {
  private let nanoseconds: UInt64

  init(after timeout: Duration) {
    nanoseconds = Clock.monotonicNanoseconds() + UInt64(max(timeout.microseconds, 0)) * 1000
  }

  var hasPassed: Bool { millisecondsLeft == 0 }

  /// Rounded up: a wait that ends a little early would only be repeated.
  var millisecondsLeft: Int32 {
    let now = Clock.monotonicNanoseconds()
    return now >= nanoseconds ? 0 : Int32(clamping: (nanoseconds - now + 999_999) / 1_000_000)
  }
}

/// False when the deadline passes first. Trouble with the socket counts as ready: the next call
/// to libpq says what it is.
func waitForSocket(_ socket: Int32, _ events: Int16, until deadline: Deadline) -> Bool {
  var entry = pollfd(fd: socket, events: events, revents: 0)
  while true {
    let left = deadline.millisecondsLeft
    let ready = unsafe poll(&entry, 1, left)
    if ready > 0 { return true }
    if ready < 0, errno != EINTR { return true }
    if ready == 0, left == 0 { return false }
  }
}
