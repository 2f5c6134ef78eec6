extension ToolCommand {
  static let api = ToolCommand(name: "api", summary: "") { _ in throw Failure("not yet") }
}
