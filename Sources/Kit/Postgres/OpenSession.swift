internal import Core

/// Opens a session within the connect timeout, at the first host that takes it.
func openSession(_ settings: DatabaseSettings) throws(PostgresError) -> Channel {
  let address = try ServerAddress(settings.url)
  let deadline = Deadline(after: address.connectTimeout ?? settings.connectTimeout)
  var failure = PostgresError(.connectFailed, "the database URL names no host")
  for (index, host) in address.hosts.enumerated() {
    // One that swallows everything must leave time for the next.
    let share = deadline.share(of: address.hosts.count - index)
    do throws(PostgresError) {
      return try openSession(settings, address, host, until: share)
    } catch {
      // What broke on the way is no answer yet: nothing has been asked.
      failure = PostgresError(
        .connectFailed, "\(host.name): \(error.message)", sqlState: error.sqlState)
    }
  }
  throw failure
}

private func openSession(
  _ settings: DatabaseSettings, _ address: ServerAddress, _ host: ServerAddress.Host,
  until deadline: Deadline
) throws(PostgresError) -> Channel {
  let socket = try ServerSocket.open(host, until: deadline, silentMax: settings.answerTimeout)
  var channel = Channel(
    socket, openingWithin: address.connectTimeout ?? settings.connectTimeout)
  if !host.isSocket { try secure(&channel, address.tls, host: host.name, until: deadline) }
  let known = try Login.run(on: &channel, address, parameters(settings, address), until: deadline)
  if address.mustTakeWrites,
    known["in_hot_standby"] == "on" || known["default_transaction_read_only"] == "on"
  {
    throw PostgresError(.connectFailed, "the server takes no writes")
  }
  channel.isOpened(answeringWithin: settings.answerTimeout)
  return channel
}

private func secure(
  _ channel: inout Channel, _ wishes: TLSWishes, host: String, until deadline: Deadline
) throws(PostgresError) {
  guard wishes.mode != .disable else { return }
  var request = ClientMessages()
  request.requestTLS()
  try channel.send(request, until: deadline)
  switch UnicodeScalar(try channel.answerToTLSRequest(until: deadline)) {
  case "S": try channel.startTLS(try TLSSession(wishes, host: host), until: deadline)
  case "N" where wishes.mode == .prefer || wishes.mode == .allow: break
  case "N": throw PostgresError(.connectFailed, "the server does not speak TLS")
  default: throw PostgresError(.connectFailed, "what answers is no Postgres")
  }
}

private func parameters(
  _ settings: DatabaseSettings, _ address: ServerAddress
) -> [(String, String)] {
  // What the URL says of its own comes first, so that what follows overrides it.
  var options = [address.options]
  func set(_ name: String, _ value: String) {
    options.append("-c \(name)=\(escaped(value))")
  }
  set("statement_timeout", "\(settings.statementTimeout.milliseconds)")
  set("lock_timeout", "\(settings.lockTimeout.milliseconds)")
  set("idle_in_transaction_session_timeout", "\(settings.idleInTransactionTimeout.milliseconds)")
  // Statements here are short: compiling one was measured at two seconds, running it at a tenth.
  set("jit", "off")
  if settings.plansOnce {
    set("plan_cache_mode", "force_generic_plan")
    // A table that is empty when its statement is planned may be large when it runs.
    set("enable_seqscan", "off")
  }
  if !settings.waitsForDisk { set("synchronous_commit", "off") }
  if let role = settings.role { set("role", role) }
  return [
    ("application_name", settings.applicationName), ("client_encoding", "UTF8"),
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
