extension ToolCommand {
  static let doctor = ToolCommand(name: "doctor", summary: "") { _ in throw Failure("not yet") }
}
