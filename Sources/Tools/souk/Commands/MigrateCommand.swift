extension ToolCommand {
  static let migrate = ToolCommand(name: "migrate", summary: "") { _ in throw Failure("not yet") }
}
