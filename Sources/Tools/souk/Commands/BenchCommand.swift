import Core
import Processes

extension ToolCommand {
  static let bench = ToolCommand(
    name: "bench", parameters: "[…]", summary: "measure, and compare with other systems",
    details: "Runs bench/run with whatever follows."
  ) { arguments in
    guard Files.exists("bench/run") else {
      throw Failure("bench/run is missing: is this the whole repository?")
    }
    try Tool.run(["bench/run"] + arguments.everything(), within: .hours(6))
  }
}

/// Another program that does the work and talks to the same terminal.
enum Tool {
  /// Throws when it fails, cannot be started or takes longer than `timeout`.
  static func run(_ arguments: [String], within timeout: Duration = .hours(1)) throws {
    guard try succeeds(arguments, within: timeout) else {
      throw Failure("`\(arguments.joined(separator: " "))` failed, as said above")
    }
  }

  static func succeeds(_ arguments: [String], within timeout: Duration = .hours(1)) throws -> Bool {
    let process = try ChildProcess(Command(arguments))
    guard let status = process.wait(for: timeout) else {
      try process.stop(within: .seconds(10))
      throw Failure("`\(arguments.joined(separator: " "))` does not end within \(timeout)")
    }
    return status.isSuccess
  }
}
