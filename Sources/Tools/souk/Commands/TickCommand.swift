import Core
import Processes

extension ToolCommand {
  static let tick = ToolCommand(
    name: "tick", parameters: "[--once] [--environment FILE]",
    summary: "work through what is due, for just under a minute: what cron runs every minute",
    details: """
      --once               do all that is due now, and end
      --environment FILE   read settings from its lines NAME=VALUE, which count before those of
                           this process; deploy/environment is an example

      It hands out events, takes sagas further, and tidies. Of DATABASE_URL and REDIS_URL, or of the
      private servers of the running stack. Any number of them may run at once, on any number of
      machines; `souk up` runs one by itself. SIGTERM lets it finish what it is at.

      It sends what its own settings say, whatever those of the functions are: without SOUK_SMTP_URL
      mails wait for a scheduler that has it, unless SOUK_MAIL_FOLDER names a folder for them.
      """
  ) { arguments in
    let once = arguments.flag("--once")
    let file = try arguments.option("--environment")
    _ = try arguments.rest(atMost: 0)
    let settings = try file.map { try EnvironmentFile.read($0) } ?? [:]
    let environment = Environment.current().under(settings)
    let home = try Home.current(environment)
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
