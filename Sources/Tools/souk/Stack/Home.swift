import Core
import Glibc
import Processes

/// The directory below which everything of one stack lives, and the names in it.
struct Home {
  let path: String

  /// `$SOUK_HOME`, or `.souk` where the tool is called.
  static func current(_ environment: Environment = .current()) throws -> Home {
    let here = try Files.workingDirectory()
    let path = try environment.text("SOUK_HOME") ?? ".souk"
    let absolute = path.hasPrefix("/") ? path : "\(here)/\(path)"
    return Home(
      path: absolute.count > 1 && absolute.hasSuffix("/") ? String(absolute.dropLast()) : absolute)
  }

  /// Held by the supervisor as long as it lives.
  var supervisorLock: String { "\(path)/supervisor.lock" }
  /// Held by `souk up`, so that two of them take turns.
  var upLock: String { "\(path)/up.lock" }

  var run: String { "\(path)/run" }
  var supervisorPID: String { "\(run)/supervisor.pid" }
  var children: String { "\(run)/children.json" }
  /// What `souk up` shows while the supervisor starts.
  var progress: String { "\(run)/progress" }
  /// Which functions a SIGHUP is about.
  var restartRequest: String { "\(run)/restart" }
  func socket(of function: String) -> String { "\(run)/\(function).sock" }

  /// What runs: copies, so that building anew does not pull the ground from under the stack.
  var release: String { "\(path)/release" }
  func program(_ name: String) -> String { "\(release)/bin/\(name)" }
  var migrations: String { "\(release)/migrations" }
  var routes: String { "\(release)/routes.json" }

  var nginxPID: String { "\(run)/nginx.pid" }
  var nginx: String { "\(path)/nginx" }
  var cache: String { "\(path)/cache" }
  var postgres: String { "\(path)/postgres" }
  var redis: String { "\(path)/redis" }
  var keys: String { "\(path)/keys" }
  var secrets: String { "\(path)/secrets" }
  var secret: String { "\(secrets)/secret" }
  /// Of the sandbox, which is offered because there is one.
  var sandboxSecret: String { "\(secrets)/sandbox" }
  var metrics: String { "\(path)/metrics" }
  var media: String { "\(path)/media" }
  var mail: String { "\(path)/mail" }
  var demo: String { "\(path)/demo.json" }
  var tokens: String { "\(path)/tokens.json" }

  var logs: String { "\(path)/log" }
  func log(of name: String) -> String { "\(logs)/\(name).log" }

  /// Whether a supervisor works here.
  var isRunning: Bool {
    get throws { try FileLock.isHeld(supervisorLock) }
  }

  /// The address of a private server; nil before the first start.
  var isPrepared: Bool { Files.exists(upLock) }

  /// Throws, saying what to do, where no stack runs.
  func requireRunning() throws {
    guard try isRunning else {
      throw Failure("no stack runs in \(path): start one with `souk up`")
    }
  }
}
