import Core
import Log
import Processes

extension Supervisor {
  /// Brings everything up, each part when what it needs is there, and reports each step.
  func start() throws {
    let environment = Environment.current()
    let table = try RouteTable(text: try Files.readText(home.routes))
    let backends = try Backends(home, environment)
    let recipes = Recipes(
      home: home, port: port, table: table, backends: backends, environment: environment)
    try makeDirectories()
    try startPostgres(recipes)
    try step("Migrations") { () in
      _ = try Schema.migrate(try backends.database(for: "up"), from: home.migrations)
      try backends.allowRoles(of: table.functions.map(\.name) + ["scheduler"])
    }
    try step("Keys and secrets") { try Secrets.prepare(home) }
    try startRedis(recipes)
    if environment["SOUK_DEMO"] != "off" {
      try step("Demo accounts and shops") { try DemoData(home, backends, port: port).plant() }
    }
    try startFunctions(recipes)
    try startNginx(recipes)
    Progress.started.report()
  }

  private func step(_ name: String, _ body: () throws -> Void) throws {
    try checkWanted()
    Progress.began(name).report()
    do {
      try body()
    } catch {
      Progress.failed("\(name): \(Console.text(of: error))").report()
      throw error
    }
    Progress.done(name).report()
  }

  private func makeDirectories() throws {
    for directory in [home.logs, home.metrics, home.cache, home.media] {
      try Files.makeDirectory(directory)
    }
    // Whoever reads the mails can take over accounts.
    try Files.makeDirectory(home.mail, mode: 0o700)
  }

  private func startPostgres(_ recipes: Recipes) throws {
    guard let (server, recipe) = try recipes.postgres() else { return }
    try step("Postgres") {
      let service = try launch(recipe)
      try waitUntilReady(service, for: .seconds(60)) { server.isReady(pid: $0) }
      try Schema.createDatabase(on: server.url)
    }
  }

  private func startRedis(_ recipes: Recipes) throws {
    guard let (server, recipe) = try recipes.redis() else { return }
    try step("Redis") {
      let service = try launch(recipe)
      try waitUntilReady(service, for: .seconds(30)) { _ in server.isReady }
    }
  }

  private func startFunctions(_ recipes: Recipes) throws {
    let functions = recipes.table.functions
    try step("Functions \(functions.map(\.name).joined(separator: ", "))") {
      for function in functions {
        // Ours for as long as we live, so that no restart of a function loses a connection.
        let listener = try Sockets.listen(unixPath: home.socket(of: function.name))
        for recipe in try recipes.function(function, listener: listener) { _ = try launch(recipe) }
      }
      _ = try launch(try recipes.scheduler())
    }
  }

  private func startNginx(_ recipes: Recipes) throws {
    try step("nginx") {
      let service = try launch(recipes.nginx())
      // What a killed one left there names another process.
      try waitUntilReady(service, for: .seconds(10)) { pid in
        try Files.exists(home.nginxPID) && Files.readText(home.nginxPID) == "\(pid)\n"
      }
    }
  }

  /// Throws, with the end of its log, when the service dies or takes too long.
  private func waitUntilReady(
    _ service: Service, for timeout: Duration, _ isReady: (Int32) throws -> Bool
  ) throws {
    let log = LogTail(home.log(of: service.recipe.name))
    let answer: Bool? = try probe(for: timeout) {
      guard let process = service.process, process.isRunning else {
        throw Failure("it ends at once: \(service.lastEnd ?? log.lastLines(3))")
      }
      return try isReady(process.pid) ? true : nil
    }
    guard answer == true else {
      throw Failure("not ready after \(timeout): \(log.lastLines(3))")
    }
  }
}
