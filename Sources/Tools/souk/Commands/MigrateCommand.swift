import Core
import Postgres

extension ToolCommand {
  static let migrate = ToolCommand(
    name: "migrate", summary: "bring the database to the newest version",
    details: "Of DATABASE_URL, or of the private server of the running stack."
  ) { arguments in
    _ = try arguments.rest(atMost: 0)
    let home = try Home.current()
    let environment = Environment.current()
    let backends = try Backends(home, environment)
    if try backends.postgres() != nil { try home.requireRunning() }
    let database = try backends.database(for: "migrate")
    let applied = try Schema.migrate(database, from: "migrations") {
      Console.say("\(Style.green.on("✓")) \($0)")
    }
    let table = try RouteTable(text: try Files.readText("routes.json"))
    try backends.allowRoles(of: table.functions.map(\.name) + ["scheduler"])
    if applied.isEmpty {
      Console.say("nothing to do: the database is at \(try Migrator.version(of: database))")
    }
  }
}
