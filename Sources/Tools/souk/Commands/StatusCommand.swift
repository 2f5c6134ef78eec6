extension ToolCommand {
  static let status = ToolCommand(name: "status", summary: "") { _ in throw Failure("not yet") }
}
