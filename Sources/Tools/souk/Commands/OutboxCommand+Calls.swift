import Core
import Postgres

extension OperatorDesk {
  func listCalls() throws {
    let calls = try ProviderCallStore.givenUp(in: database)
    var table = Table(["id": .left, "provider": .left, "received": .left, "error": .left])
    for call in calls {
      table.add([
        call.id, call.provider, call.receivedAt.description, call.fault,
      ])
    }
    Console.say(calls.isEmpty ? "there are none" : table.render())
  }

  /// What it says counts once, however often it is worked off.
  func workAgain(_ words: [String]) throws {
    let count = try ProviderCallStore.workAgain(
      words.count == 2 ? words[1] : nil, at: Clock.system.now, in: database)
    guard count > 0 else { throw Failure("no such call waits") }
    Console.say("\(Style.green.on("✓")) \(count) to be worked off again")
  }
}
