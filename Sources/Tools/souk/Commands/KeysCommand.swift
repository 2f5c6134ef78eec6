extension ToolCommand {
  static let keys = ToolCommand(name: "keys", summary: "") { _ in throw Failure("not yet") }
}
