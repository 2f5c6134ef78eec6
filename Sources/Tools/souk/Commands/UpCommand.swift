import Core
import Glibc
import Processes

extension ToolCommand {
  static let up = ToolCommand(
    name: "up", parameters: "[--port 8080] [--no-demo]",
    summary: "start Postgres, Redis, nginx and all functions, and return when they are ready",
    details: """
      --port N     where nginx listens (default 8080)
      --no-demo    make no demo accounts

      What runs and what it keeps lives below $SOUK_HOME (default .souk). Servers that exist are
      used instead of private ones when DATABASE_URL or REDIS_URL is set. Its scheduler puts mails
      into the folder mail/ there, also those of such a database, unless SOUK_SMTP_URL names a
      server. SOUK_RATE_SCALE=1000 multiplies every rate limit. Root may call it: the servers then
      run as 'nobody'.
      """
  ) { arguments in
    let port = try arguments.number("--port", in: 1...65_535)
    let makesDemo = !arguments.flag("--no-demo")
    _ = try arguments.rest(atMost: 0)
    try UpCommand(home: try Home.current(), port: port, makesDemo: makesDemo).run()
  }
}

private struct UpCommand {
  let home: Home
  let port: Int?
  let makesDemo: Bool

  private static let defaultPort = 8080
  private static let startTimeout = Duration.minutes(5)
  private static let readyTimeout = Duration.seconds(60)

  func run() throws {
    let setup = try HomeSetup(home)
    try setup.prepare()
    let turn = try takeTurn()
    defer { withExtendedLifetime(turn) {} }
    if try home.isRunning { return try joinRunning() }
    let port = port ?? Self.defaultPort
    _ = try SettingsCheck.read(home, Environment.current())
    try checkPort(port, for: setup.account)
    var steps = Steps()
    try steps.run("Copying the programs to \(home.path)") {
      _ = try Release(home: home, port: port).stage()
    }
    let supervisor = try startSupervisor(setup, port)
    try finishStart(port, &steps) { supervisor.isRunning }
  }

  private func finishStart(
    _ port: Int, _ steps: inout Steps, isAlive: () throws -> Bool
  ) throws {
    let follower = StartFollower(home: home, timeout: Self.startTimeout)
    try follower.follow(&steps, isAlive: isAlive)
    do {
      try Readiness(home: home, port: port).wait(for: Self.readyTimeout, &steps)
    } catch {
      try DownCommand(home: home).stop()
      throw error
    }
    try reportReady(port)
  }

  private func takeTurn() throws -> FileLock {
    if let lock = try probe(for: .seconds(1), { try FileLock(home.upLock) }) { return lock }
    Console.note("another `souk up` is at work in \(home.path): waiting for it")
    guard let lock = try probe(for: Self.startTimeout, { try FileLock(home.upLock) }) else {
      throw Failure("the other `souk up` does not come to an end: see `souk logs supervisor`")
    }
    return lock
  }

  /// Nothing to do, but to wait when the one who started it was cut off on the way.
  private func joinRunning() throws {
    let file: ChildrenFile? = try probe(for: .seconds(30)) { try ChildrenFile.read(home.children) }
    guard let running = file?.port else {
      throw Failure("the stack in \(home.path) does not start: see `souk logs supervisor`")
    }
    if let port, port != running {
      throw Failure(
        "a stack runs in \(home.path) already, on port \(running): `souk down` first, or set "
          + "SOUK_HOME to another directory for a second one")
    }
    let follower = StartFollower(home: home, timeout: Self.startTimeout)
    if try follower.progress().contains(.started) {
      Console.say("already running at http://127.0.0.1:\(running) — nothing to do")
      return
    }
    Console.note("a stack is starting here already: waiting for it")
    var steps = Steps()
    try finishStart(running, &steps) { try home.isRunning }
  }

  /// Before anything is started: nginx is, only when everything else runs.
  private func checkPort(_ port: Int, for account: Account?) throws {
    do {
      close(try Sockets.listen(ipv4: "0.0.0.0", port: UInt16(port)))
    } catch {
      throw Failure(
        "port \(port) is not to be had (\(error)): end what uses it, or choose another with "
          + "`souk up --port N`")
    }
    let limit = try Files.readText("/proc/sys/net/ipv4/ip_unprivileged_port_start").dropLast()
    guard account == nil || port >= Int(limit) ?? 1024 else {
      throw Failure(
        "nginx will run as '\(account?.name ?? "")', which may not use a port below \(limit): "
          + "choose another, or run `sysctl net.ipv4.ip_unprivileged_port_start=\(port)`")
    }
  }

  private func startSupervisor(_ setup: HomeSetup, _ port: Int) throws -> ChildProcess {
    for directory in [home.run, home.logs] {
      try Files.makeDirectory(directory)
      try setup.account?.own(directory)
    }
    try LogTail(home.log(of: "supervisor")).rotate()
    try Files.remove(home.progress)
    try Files.remove(home.restartRequest)
    let arguments = [home.program("souk"), "supervise", "--port", "\(port)"]
    var command = Command(setup.account?.wrapping(arguments) ?? arguments)
    var environment = Environment.current().all
    environment["SOUK_HOME"] = home.path
    if !makesDemo { environment["SOUK_DEMO"] = "off" }
    command.environment = environment
    command.workingDirectory = home.path
    command.output = .file(home.progress)
    command.errors = .file(home.log(of: "supervisor"))
    command.inNewSession = true
    return try ChildProcess(command)
  }

  private func reportReady(_ port: Int) throws {
    Console.say("\n\(Style.bold.on("http://127.0.0.1:\(port)")) is ready")
    guard makesDemo, let demo = try DemoFile(readingFrom: home.demo) else { return }
    var table = Table(["account": .left, "e-mail": .left, "password": .left])
    for account in DemoAccount.allCases {
      table.add([account.rawValue, account.email, demo.passwords[account] ?? ""])
    }
    Console.say("\n\(table.render())\n\nAlso in \(home.demo). Try `souk api GET /users/me`.")
  }
}
