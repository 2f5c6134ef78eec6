import Glibc

/// One command of `souk`.
struct ToolCommand: Sendable {
  let name: String
  /// What may follow the name.
  var parameters = ""
  let summary: String
  var details = ""
  /// Called by other commands, not by people.
  var isInternal = false
  let run: @Sendable (inout Arguments) throws -> Void

  static let all: [ToolCommand] = [
    .up, .down, .status, .logs, .restart, .api, .doctor, .audit, .migrate, .seed, .tick, .sagas,
    .outbox, .keys, .routes, .test, .bench, .supervise,
  ]

  /// Finds the command and runs it. An error becomes one line and exit code 1; one in the command
  /// line itself exit code 2.
  static func main(_ words: [String]) -> Never {
    var words = words
    let wantsHelp = words.contains { ["-h", "--help", "help"].contains($0) } || words.isEmpty
    if wantsHelp { words.removeAll { ["-h", "--help", "help"].contains($0) } }
    guard let name = words.first else {
      Console.say(overview)
      exit(0)
    }
    guard let command = all.first(where: { $0.name == name }) else {
      Console.complain("there is no command '\(name)': see `souk help`")
      exit(2)
    }
    if wantsHelp {
      Console.say(command.help)
      exit(0)
    }
    command.runToEnd(Arguments(Array(words.dropFirst())))
  }

  private func runToEnd(_ arguments: Arguments) -> Never {
    var arguments = arguments
    do {
      try run(&arguments)
      exit(0)
    } catch let error as UsageError {
      Console.complain("\(error): see `souk help \(name)`")
      exit(2)
    } catch {
      Console.fail(Console.text(of: error))
    }
  }

  private var usage: String { parameters.isEmpty ? name : "\(name) \(parameters)" }

  var help: String {
    let text = "\(Style.bold.on("souk \(usage)"))\n\n\(summary)"
    return details.isEmpty ? text : "\(text)\n\n\(details)"
  }

  private static var overview: String {
    let commands = all.filter { !$0.isInternal }
    let width = commands.map(\.usage.count).max() ?? 0
    let lines = commands.map { command in
      let space = String(repeating: " ", count: width - command.usage.count)
      return "  \(command.usage)\(space)  \(Style.faint.on(command.summary))"
    }
    return """
      \(Style.bold.on("souk")) — a marketplace backend out of small functions

      \(lines.joined(separator: "\n"))

      `souk help COMMAND` says more. Everything lives below .souk, or below $SOUK_HOME.
      """
  }
}
