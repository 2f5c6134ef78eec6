import Core
import Glibc
import HTTPClient
import Middleware
import Postgres
import Processes
import Redis

/// Looks at everything a stack needs, from the machine to the answers it gives.
struct Examination {
  let home: Home
  let environment: Environment

  func findings() -> [Finding] {
    [
      look("the programs", fix: "`./souk up` as root installs what is missing", programs),
      look("the home", fix: "see above", homeDirectory),
      look("the route table", fix: "run `souk routes`", generatedFiles),
      look("the settings", fix: "correct the variable in the environment", settings),
      look("the keys", fix: "`souk up` makes what is missing", keys),
    ].flatMap { $0 } + stack()
  }

  /// What keeps the look from being taken is a finding too.
  private func look(_ subject: String, fix: String, _ body: () throws -> [Finding]) -> [Finding] {
    do {
      return try body()
    } catch {
      return [.fault("\(subject): \(Console.text(of: error))", fix: fix)]
    }
  }

  // MARK: The machine

  private func programs() -> [Finding] {
    let path = "\(environment["PATH"] ?? ""):/usr/sbin".split(separator: ":").map(String.init)
    let packages: KeyValuePairs = [
      "nginx": "nginx-light", "redis-server": "redis-server", "setpriv": "util-linux",
    ]
    let missing = packages.filter { program, _ in
      !path.contains { Files.exists("\($0)/\(program)") }
    }
    var findings: [Finding] = missing.map { program, package in
      .fault("\(program) is not installed", fix: "apt-get install \(package)")
    }
    do {
      _ = try LocalPostgres.binaries()
    } catch {
      findings.append(.fault("\(error)", fix: "apt-get install postgresql"))
    }
    return findings.isEmpty ? [.good("nginx, Redis, Postgres and setpriv are installed")] : findings
  }

  private func homeDirectory() throws -> [Finding] {
    guard Files.exists(home.path) else {
      return [.remark("\(home.path) does not exist yet: `souk up` makes it")]
    }
    do {
      try HomeSetup(home).check()
    } catch {
      return [.fault("\(error)", fix: "as said")]
    }
    let free = try Files.freeBytes(at: home.path) >> 20
    return [.good("\(home.path) can be used, and \(free) MB are free on its disk")]
  }

  private func generatedFiles() throws -> [Finding] {
    let table = try RouteTable(text: try Files.readText("routes.json"))
    let stale = try GeneratedFiles(table).files.filter { file in
      try !Files.exists(file.path) || Files.readText(file.path) != file.content
    }
    guard stale.isEmpty else {
      let names = stale.map(\.path).joined(separator: ", ")
      return [.fault("not as routes.json says: \(names)", fix: "run `souk routes` and build")]
    }
    return [.good("routes.json: \(table.routes.count) routes, generated files as it says")]
  }

  private func settings() throws -> [Finding] {
    let settings = try SettingsCheck.read(home, environment)
    let scale = settings.rateScale == 1 ? "" : ", every rate limit times \(settings.rateScale)"
    return [.good("the settings can be read\(scale)")]
  }

  private func keys() throws -> [Finding] {
    guard home.isPrepared, Files.exists(home.keys) else {
      return [.remark("there are no keys yet: `souk up` makes them")]
    }
    let count = try Files.list(home.keys).count { $0.hasSuffix(".pem") }
    guard count > 0, Files.exists(home.secret) else {
      return [.fault("a key or the secret is missing", fix: "`souk down` and `souk up`")]
    }
    let owner = try Files.owner(home.path)
    for name in try Files.list(home.keys) where name.hasSuffix(".pem") {
      guard try Files.owner("\(home.keys)/\(name)") == owner else {
        return [
          .fault(
            "\(home.keys)/\(name) cannot be read by the functions",
            fix: "chown \(owner) \(home.keys)/\(name)")
        ]
      }
    }
    return [.good("\(count) signing \(count == 1 ? "key" : "keys") and the secret are there")]
  }

  // MARK: The stack

  private func stack() -> [Finding] {
    look("the stack", fix: "`souk down`, then `souk up`") {
      guard try home.isRunning else { return [.remark("no stack runs here: `souk up`")] }
      guard let file = try ChildrenFile.read(home.children) else {
        return [.remark("the stack is just starting")]
      }
      return children(file) + look("the database", fix: "see `souk logs postgres`", database)
        + look("Redis", fix: "see `souk logs redis`", redis) + readiness(file.port)
    }
  }

  private func children(_ file: ChildrenFile) -> [Finding] {
    let failing = file.children.filter { $0.isFailing || $0.restarts > 0 }
    if failing.isEmpty { return [.good("all \(file.children.count) processes are as started")] }
    return failing.map { child in
      let text = "\(child.name) was restarted \(child.restarts) times, the last time after "
      let end = child.lastEndText ?? "nobody knows what"
      return child.isFailing
        ? .fault(text + end, fix: "see `souk logs \(child.name)`") : .remark(text + end)
    }
  }

  private func database() throws -> [Finding] {
    let version = try Migrator.version(of: try Backends(home, environment).database(for: "doctor"))
    let newest = try Migrator.load(directory: "migrations").count
    guard version == newest else {
      return [
        .fault(
          "the database is at migration \(version), the newest is \(newest)",
          fix: "run `souk migrate`")
      ]
    }
    return [.good("the database answers and is at the newest migration, \(version)")]
  }

  private func redis() throws -> [Finding] {
    let redis = Redis(RedisSettings(url: try Backends(home, environment).redisURL()))
    try redis.command("PING")
    return [.good("Redis answers")]
  }

  private func readiness(_ port: Int) -> [Finding] {
    let url = "http://127.0.0.1:\(port)/health/ready"
    return look(url, fix: "see `souk logs nginx` and `souk logs ops`") {
      let answer = try HTTPClient(timeout: .seconds(5)).send("GET", url)
      guard answer.status == 200 else {
        return [
          .fault("\(url) answers \(answer.status): \(answer.text)", fix: "see `souk logs ops`")
        ]
      }
      return [.good("\(url) is green")]
    }
  }
}
