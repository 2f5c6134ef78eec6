internal import Core
internal import Glibc
internal import Synchronization

/// A Postgres server of one's own, on a unix socket in its directory and nowhere else.
package final class LocalPostgres: Sendable {
  /// Holds the data, the socket and the log.
  package let directory: String
  private let account: Account?
  private let settings: [(name: String, value: String)]
  private let isDurable: Bool
  private let process = Mutex<ChildProcess?>(nil)

  private var data: String { "\(directory)/data" }
  private var log: String { "\(directory)/postgres.log" }

  /// - Parameters:
  ///   - directory: absolute; made on start.
  ///   - account: who runs it when this process is root.
  ///   - durable: false where losing the data with the machine does not matter: tests.
  ///   - connectionsMax: all sessions at once, those of superusers among them.
  ///   - extra: further settings, which win.
  /// Throws when the socket's path would be too long or there is no such user.
  package init(
    directory: String, account: String = "nobody", durable: Bool = true,
    connectionsMax: Int = 300, settings extra: [(name: String, value: String)] = []
  ) throws(ProcessError) {
    self.directory = directory
    self.account = try Account.forServers(account)
    isDurable = durable
    settings =
      [
        ("listen_addresses", ""), ("unix_socket_directories", directory),
        ("unix_socket_permissions", "0700"), ("max_connections", "\(connectionsMax)"),
        ("timezone", "UTC"), ("log_timezone", "UTC"), ("logging_collector", "off"),
      ] + (durable ? [] : Self.undurable) + extra
    try checkSocketPath("\(directory)/.s.PGSQL.5432")
  }

  private static let undurable = [
    ("fsync", "off"), ("full_page_writes", "off"), ("synchronous_commit", "off"),
    ("wal_level", "minimal"), ("max_wal_senders", "0"),
  ]

  /// As the superuser `postgres`.
  package var url: String { url(database: "postgres") }

  package func url(database: String, user: String = "postgres") -> String {
    "postgresql:///\(percentEncoded(database))"
      + "?host=\(percentEncoded(directory))&user=\(percentEncoded(user))"
  }

  /// Where the newest installed server's programs are. Throws when there is none.
  package static func binaries() throws(ProcessError) -> String { try PostgresBinaries.find() }

  package var pid: Int32? { process.withLock { $0?.pid } }

  package var isRunning: Bool { process.withLock { $0?.isRunning } ?? false }

  /// Makes the cluster the first time, starts the server and returns when it takes connections.
  /// Throws when Postgres is not installed, the account cannot reach the directory, another
  /// server works there, or the server ends at once: then with the end of its log.
  package func start() throws(ProcessError) {
    if isRunning { return }
    let server = try ChildProcess(prepare())
    process.withLock { $0 = server }
    try awaitReadiness(of: server)
  }

  /// What to start, for who watches over the process itself; makes the cluster the first time.
  /// Throws as `start` does.
  package func prepare() throws(ProcessError) -> Command {
    let binaries = try PostgresBinaries.find()
    try account.makePrivateDirectory(directory)
    try initialize(with: binaries)
    try clearStaleLock()
    var command = Command(
      account.wrapping(
        ["\(binaries)/postgres", "-D", data]
          + settings.flatMap { ["-c", "\($0.name)=\($0.value)"] }))
    command.workingDirectory = directory
    command.output = .file(log)
    command.errors = .file(log)
    command.inNewSession = true
    return command
  }

  /// Ends sessions and shuts down; after ten seconds without a checkpoint, and at last by force.
  package func stop() throws(ProcessError) {
    guard let server = process.withLock({ $0 }) else { return }
    // To the server alone: it tells its processes itself.
    server.signal(SIGINT, alone: true)
    if server.wait(for: .seconds(10)) == nil { server.signal(SIGQUIT, alone: true) }
    if server.wait(for: .seconds(5)) == nil { try server.stop(SIGKILL, within: .seconds(5)) }
    process.withLock { $0 = nil }
  }

  /// Into a draft first: an `initdb` that was cut off must not look like a cluster.
  private func initialize(with binaries: String) throws(ProcessError) {
    if Files.exists("\(data)/PG_VERSION") { return }
    let draft = "\(directory)/data.draft"
    do throws(FileError) { try Files.remove(draft) } catch { throw ProcessError(error) }
    var arguments = [
      "\(binaries)/initdb", "-D", draft, "-U", "postgres", "--encoding=UTF8",
      "--locale=C.UTF-8", "--auth=trust",
    ]
    if !isDurable { arguments.append("--no-sync") }
    let result = try ChildProcess.run(
      account.wrapping(arguments), workingDirectory: directory, timeout: .seconds(120))
    guard result.status.isSuccess else {
      throw ProcessError("initdb failed with \(result.status): \(result.text)")
    }
    guard unsafe rename(draft, data) == 0 else { throw ProcessError(FileError(path: data)) }
  }

  /// A lock file left by a dead server names a pid that may be another process by now, which
  /// Postgres would take for a running server. It is removed once nobody works in the data.
  private func clearStaleLock() throws(ProcessError) {
    let lock = "\(data)/postmaster.pid"
    guard Files.exists(lock) else { return }
    // The processes of a server that was killed take a moment to notice.
    let isFree: Bool? = try probe(for: .seconds(5)) { () throws(ProcessError) in
      try processes(workingIn: data).isEmpty ? true : nil
    }
    guard isFree != nil else {
      throw ProcessError("a Postgres server is already running in \(directory)")
    }
    do throws(FileError) {
      try Files.remove(lock)
      try Files.remove("\(directory)/.s.PGSQL.5432.lock")
      try Files.remove("\(directory)/.s.PGSQL.5432")
    } catch {
      throw ProcessError(error)
    }
  }

  private func awaitReadiness(of server: ChildProcess) throws(ProcessError) {
    let isReady: Bool? = try probe(for: .seconds(60)) { () throws(ProcessError) in
      if let status = server.poll() {
        throw ProcessError("Postgres ended with \(status): \(endOfLog(log))")
      }
      return self.isReady(pid: server.pid) ? true : nil
    }
    guard isReady != nil else {
      try stop()
      throw ProcessError("Postgres is not ready after a minute: \(endOfLog(log))")
    }
  }

  /// As `pg_ctl` knows it: the lock file's first line is the pid, its eighth the state.
  package func isReady(pid: Int32) -> Bool {
    guard let text = textIfPresent("\(data)/postmaster.pid") else { return false }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    return lines.count >= 8 && lines[0] == "\(pid)" && lines[7].hasPrefix("ready")
  }
}
