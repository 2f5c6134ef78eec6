extension ToolCommand {
  static let bench = ToolCommand(name: "bench", summary: "") { _ in throw Failure("not yet") }
}
