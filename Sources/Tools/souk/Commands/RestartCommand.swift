extension ToolCommand {
  static let restart = ToolCommand(name: "restart", summary: "") { _ in throw Failure("not yet") }
}
