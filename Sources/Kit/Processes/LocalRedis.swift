internal import Core
internal import Glibc
internal import Synchronization

/// A Redis server of one's own, on a unix socket in its directory and nowhere else.
package final class LocalRedis: Sendable {
  /// Holds the socket, the log and what is kept.
  package let directory: String
  private let account: Account?
  private let snapshots: String
  private let appendsOnly: Bool
  private let databases: Int
  private let process = Mutex<ChildProcess?>(nil)

  private var socket: String { "\(directory)/redis.sock" }
  private var log: String { "\(directory)/redis.log" }

  /// - Parameters:
  ///   - directory: absolute; made on start.
  ///   - account: who runs it when this process is root.
  ///   - snapshots: Redis' `save` setting; empty keeps nothing.
  ///   - appendsOnly: whether every write is kept in a log.
  /// Throws when the socket's path would be too long or there is no such user.
  package init(
    directory: String, account: String = "nobody", snapshots: String = "",
    appendsOnly: Bool = false, databases: Int = 16
  ) throws(ProcessError) {
    self.directory = directory
    self.account = try Account.forServers(account)
    self.snapshots = snapshots
    self.appendsOnly = appendsOnly
    self.databases = databases
    try checkSocketPath("\(directory)/redis.sock")
  }

  package var url: String { "unix://\(percentEncodedPath)" }

  private var percentEncodedPath: String {
    socket.split(separator: "/", omittingEmptySubsequences: false)
      .map { percentEncoded(String($0)) }.joined(separator: "/")
  }

  package var pid: Int32? { process.withLock { $0?.pid } }

  package var isRunning: Bool { process.withLock { $0?.isRunning } ?? false }

  /// Starts the server and returns when it answers. Throws when Redis is not installed, the
  /// account cannot reach the directory, another server answers there, or the server ends at
  /// once: then with the end of its log.
  package func start() throws(ProcessError) {
    if isRunning { return }
    let server = try ChildProcess(prepare())
    process.withLock { $0 = server }
    try awaitReadiness(of: server)
  }

  /// What to start, for who watches over the process itself. Throws as `start` does.
  package func prepare() throws(ProcessError) -> Command {
    try account.makePrivateDirectory(directory)
    guard !answersPing(socket) else {
      throw ProcessError("a Redis server is already running in \(directory)")
    }
    var command = Command(
      account.wrapping([
        "redis-server", "--port", "0", "--unixsocket", socket, "--unixsocketperm", "700",
        "--dir", directory, "--daemonize", "no", "--save", snapshots,
        "--appendonly", appendsOnly ? "yes" : "no", "--databases", "\(databases)",
      ]))
    command.workingDirectory = directory
    command.output = .file(log)
    command.errors = .file(log)
    command.inNewSession = true
    return command
  }

  /// Whether it takes commands now.
  package var isReady: Bool { answersPing(socket) }

  /// Redis writes what it keeps and ends; after five seconds by force.
  package func stop() throws(ProcessError) {
    guard let server = process.withLock({ $0 }) else { return }
    try server.stop(SIGTERM, within: .seconds(5))
    process.withLock { $0 = nil }
  }

  private func awaitReadiness(of server: ChildProcess) throws(ProcessError) {
    let isReady: Bool? = try probe(for: .seconds(30)) { () throws(ProcessError) in
      if let status = server.poll() {
        throw ProcessError("Redis ended with \(status): \(endOfLog(log))")
      }
      return answersPing(socket) ? true : nil
    }
    guard isReady != nil else {
      try stop()
      throw ProcessError("Redis is not ready after half a minute: \(endOfLog(log))")
    }
  }
}

/// Whether a Redis at this socket answers within a second. One that is still loading does not.
private func answersPing(_ path: String) -> Bool {
  let file = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
  guard file >= 0 else { return false }
  defer { close(file) }
  let connected = unsafe Sockets.withAddress(ofUnixPath: path) { address, size in
    unsafe connect(file, address, size)
  }
  let question = Array("PING\r\n".utf8)
  guard connected == 0,
    unsafe send(file, question, question.count, Int32(MSG_NOSIGNAL)) == question.count
  else { return false }
  var entry = pollfd(fd: file, events: Int16(POLLIN), revents: 0)
  var answer = [UInt8](repeating: 0, count: 64)
  guard unsafe poll(&entry, 1, 1000) > 0 else { return false }
  let count = unsafe recv(file, &answer, answer.count, 0)
  return count > 0 && answer.starts(with: "+PONG".utf8)
}
