import Core
import Glibc

extension ToolCommand {
  static let doctor = ToolCommand(
    name: "doctor", summary: "find what is missing or misconfigured, and say how to mend it"
  ) { arguments in
    _ = try arguments.rest(atMost: 0)
    let examination = Examination(home: try Home.current(), environment: Environment.current())
    let findings = examination.findings()
    for finding in findings { Console.say(finding.line) }
    let faults = findings.count(where: \.isFault)
    Console.say(faults == 0 ? "\nall is well" : "\n\(faults) to mend")
    if faults > 0 { exit(1) }
  }
}

/// What a look at one thing found.
enum Finding {
  case good(String)
  /// Not as it could be, and no hindrance.
  case remark(String)
  case fault(String, fix: String)

  var isFault: Bool {
    if case .fault = self { true } else { false }
  }

  var line: String {
    switch self {
    case .good(let text): "\(Style.green.on("✓")) \(text)"
    case .remark(let text): "\(Style.yellow.on("!")) \(text)"
    case .fault(let text, let fix): "\(Style.red.on("✗")) \(text)\n    → \(fix)"
    }
  }
}
