import Core
import Processes

extension ToolCommand {
  static let tick = ToolCommand(
    name: "tick", parameters: "[--once]",
    summary: "work through what is due, for just under a minute: what cron runs every minute",
    details: """
      --once   do all that is due now, and end

      It hands out events, takes sagas further, and tidies. Of DATABASE_URL and REDIS_URL, or of the
      private servers of the running stack. Any number of them may run at once, on any number of
      machines. SIGTERM lets it finish what it is at.
      """
  ) { arguments in
    let once = arguments.flag("--once")
    _ = try arguments.rest(atMost: 0)
    let home = try Home.current()
    let environment = Environment.current()
    let backends = try Backends(home, environment)
    if try backends.postgres() != nil { try home.requireRunning() }
    let recipes = Recipes(
      home: home, port: try ChildrenFile.read(home.children)?.port ?? 8080,
      table: try RouteTable(text: try Files.readText(home.routes)), backends: backends,
      environment: environment)
    var command = Command([home.program("scheduler")] + (once ? ["--once"] : []))
    command.environment = try recipes.schedulerVariables()
    try command.replaceThisProcess()
  }
}
