import Core
import Postgres

extension OperatorDesk {
  func listCalls(atMost count: Int) throws {
    let (calls, total) = try ProviderCallStore.givenUp(limit: count, in: database)
    var table = Table(["id": .left, "provider": .left, "received": .left, "error": .left])
    for call in calls {
      table.add([
        call.id, call.provider, call.receivedAt.description, call.fault,
      ])
    }
    show(table, count: calls.count, of: total)
  }

  /// What it says counts once, however often it is worked off.
  func workAgain(_ words: [String]) throws {
    let count = try ProviderCallStore.workAgain(
      words.count == 2 ? words[1] : nil, at: Clock.system.now, in: database)
    guard count > 0 else { throw Failure("no such call waits") }
    Console.say("\(Style.green.on("✓")) \(count) to be worked off again")
  }
}
