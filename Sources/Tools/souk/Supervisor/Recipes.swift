import Core
import Glibc
import Processes

/// How each part of a stack is started.
struct Recipes {
  let home: Home
  let port: Int
  let table: RouteTable
  let backends: Backends
  let environment: Environment

  /// For the tool itself, the scheduler, people who look, and a function's new processes beside the
  /// old ones.
  private static let spareConnections = 60

  func postgres() throws -> (server: LocalPostgres, recipe: Recipe)? {
    let workers = table.functions.reduce(0) { $0 + $1.processes * $1.workers }
    let connections = max(100, workers * 2 + Self.spareConnections)
    guard let server = try backends.postgres(connectionsMax: connections) else { return nil }
    let recipe = Recipe(
      name: "postgres", kind: .server,
      endings: [
        .init(signal: SIGINT, patience: .seconds(10)),
        .init(signal: SIGQUIT, patience: .seconds(5)),
      ]
    ) { try watched(server.prepare(), as: "postgres", onParentDeath: .interrupt) }
    return (server, recipe)
  }

  func redis() throws -> (server: LocalRedis, recipe: Recipe)? {
    guard let server = try backends.redis() else { return nil }
    let recipe = Recipe(
      name: "redis", kind: .server, endings: [.init(signal: SIGTERM, patience: .seconds(5))]
    ) { try watched(server.prepare(), as: "redis", onParentDeath: .terminate) }
    return (server, recipe)
  }

  func nginx() -> Recipe {
    Recipe(
      name: "nginx", kind: .server,
      endings: [
        .init(signal: SIGQUIT, patience: .seconds(5)),
        .init(signal: SIGTERM, patience: .seconds(2)),
      ]
    ) {
      var command = Command([
        "nginx", "-p", home.path, "-e", "log/nginx.log", "-c", "nginx/nginx.conf",
        "-g", "daemon off;",
      ])
      // The sockets in its configuration are relative to it.
      command.workingDirectory = home.path
      return try watched(command, as: "nginx", onParentDeath: .terminate)
    }
  }

  /// One recipe for each process of the function.
  func function(_ function: RouteTable.Function, listener: Int32) throws -> [Recipe] {
    let variables = try self.variables(of: function)
    return (0..<function.processes).map { slot in
      Recipe(
        name: function.name, kind: .function, slot: slot, workers: function.workers,
        listener: listener, mayFallAsleep: function.idleExitSeconds > 0,
        endings: [.init(signal: SIGTERM, patience: .seconds(10))]
      ) {
        var command = Command([home.program(function.name)])
        command.environment = variables
        command.input = .descriptor(listener)
        command.workingDirectory = home.path
        return try watched(command, as: function.name, onParentDeath: .terminate)
      }
    }
  }

  /// The scheduled function, started every minute as cron would. Each works until the next one has
  /// proved itself and ends it.
  func scheduler() throws -> Recipe {
    var variables = try schedulerVariables()
    variables["SOUK_TICK_MS"] = variables["SOUK_TICK_MS"] ?? "70000"
    // Mails that no server takes can be read here. Not by `souk tick`: one that was not told of the
    // server would put away what others are to send.
    variables["SOUK_MAIL_FOLDER"] = variables["SOUK_MAIL_FOLDER"] ?? home.mail
    return Recipe(
      name: "scheduler", kind: .helper, renewedEvery: .seconds(60),
      endings: [.init(signal: SIGTERM, patience: .seconds(20))]
    ) {
      var command = Command([home.program("scheduler")])
      command.environment = variables
      command.workingDirectory = home.path
      return try watched(command, as: "scheduler", onParentDeath: .terminate)
    }
  }

  func schedulerVariables() throws -> [String: String] { try variables(of: "scheduler") }

  private func watched(_ command: Command, as name: String, onParentDeath signal: ParentDeathSignal)
    throws
    -> Command
  {
    let log = home.log(of: name)
    try LogTail(log).rotate()
    var command = command
    command.output = .file(log)
    command.errors = .file(log)
    command.inNewSession = true
    command.signalOnParentDeath = signal
    return command
  }

  private func variables(of function: RouteTable.Function) throws -> [String: String] {
    var variables = try variables(of: function.name)
    variables["SOUK_WORKERS"] = "\(function.workers)"
    variables["SOUK_LANES"] = "\(function.lanes)"
    variables["SOUK_IDLE_EXIT"] = "\(function.idleExitSeconds)"
    return variables
  }

  private func variables(of name: String) throws -> [String: String] {
    var variables = environment.all.filter { Self.isForFunctions($0.key) }
    variables.merge(try backends.environment(of: name)) { $1 }
    variables["SOUK_KEYS"] = home.keys
    variables["SOUK_SECRET_FILE"] = home.secret
    if environment["SOUK_SANDBOX"] != "off", environment["SOUK_SANDBOX_SECRETS"] == nil {
      variables["SOUK_SANDBOX_SECRETS_FILE"] = home.sandboxSecret
    }
    variables["SOUK_METRICS"] = home.metrics
    variables["SOUK_PUBLIC_URL"] = environment["SOUK_PUBLIC_URL"] ?? "http://127.0.0.1:\(port)"
    return variables
  }

  /// Not everything: what else stands in the environment of who calls `souk up` is no business of
  /// programs that answer the world.
  private static func isForFunctions(_ name: String) -> Bool {
    name.hasPrefix("SOUK_")
      || ["PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR"].contains(name)
  }
}
