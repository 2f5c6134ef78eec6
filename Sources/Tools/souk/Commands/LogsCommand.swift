extension ToolCommand {
  static let logs = ToolCommand(name: "logs", summary: "") { _ in throw Failure("not yet") }
}
