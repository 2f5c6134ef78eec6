import Core
import Crypto
import JSON
import Processes

extension ToolCommand {
  static let keys = ToolCommand(
    name: "keys", parameters: "[rotate]",
    summary: "list the keys that sign access tokens, or add a new one",
    details: """
      rotate   adds a key. It signs a minute later, when every process has read it; the one before
               stays until no token that it signed is valid any more. Nobody is signed out.
      """
  ) { arguments in
    let words = try arguments.rest(atMost: 1)
    let home = try Home.current()
    guard Files.exists(home.keys) else {
      throw Failure("there are no keys in \(home.path) yet: `souk up` makes the first one")
    }
    switch words.first {
    case nil: try KeysCommand.list(home)
    case "rotate": try KeysCommand.rotate(home)
    case let word?: throw UsageError("'\(word)' is nothing that keys can do")
    }
  }
}

private enum KeysCommand {
  static func list(_ home: Home) throws {
    let ring = try KeyRing(directory: home.keys, clock: .system)
    let signing = ring.signingKey.kid
    var table = Table(["key": .left, "use": .left])
    for key in ring.jwks()["keys"].array ?? [] {
      let kid = key["kid"]?.string ?? ""
      table.add([kid, kid == signing ? "signs and verifies" : "verifies"])
    }
    Console.say(table.render())
  }

  /// As the account the functions run as: a key of root's would be one they cannot read.
  static func rotate(_ home: Home) throws {
    if let account = try Account.forServers() {
      var command = Command(account.wrapping([home.program("souk"), "keys", "rotate"]))
      command.workingDirectory = home.path
      guard try ChildProcess(command).wait(for: .minutes(1)) == .exited(0) else {
        throw Failure("the key was not made, as said above")
      }
      return
    }
    let kid = try KeyRing.rotate(directory: home.keys)
    Console.say("\(Style.green.on("✓")) made \(kid); it signs in a minute")
  }
}
