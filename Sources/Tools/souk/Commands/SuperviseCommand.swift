import Core

extension ToolCommand {
  static let supervise = ToolCommand(
    name: "supervise", parameters: "--port N",
    summary: "own the processes of a stack; `souk up` starts it", isInternal: true
  ) { arguments in
    guard let port = try arguments.number("--port", in: 1...65_535) else {
      throw UsageError("--port is missing")
    }
    _ = try arguments.rest(atMost: 0)
    try Supervisor(try Home.current(), port: port).run()
  }
}
