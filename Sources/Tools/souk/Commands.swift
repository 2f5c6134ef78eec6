import Core

/// All commands by name.
enum Commands {
  static func run(_ arguments: [String]) throws {
    switch arguments.first {
    case "routes": try RoutesCommand.run(Array(arguments.dropFirst()))
    default: Console.say(usage)
    }
  }

  private static let usage = """
    souk routes [--check]   write what is made from routes.json, or only compare
    """
}
