extension ToolCommand {
  static let test = ToolCommand(name: "test", summary: "") { _ in throw Failure("not yet") }
}
