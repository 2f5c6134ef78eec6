extension ToolCommand {
  static let routes = ToolCommand(
    name: "routes", parameters: "[--check]",
    summary: "write what is made from routes.json, or only compare"
  ) { arguments in
    try RoutesCommand.run(arguments.everything())
  }
}
