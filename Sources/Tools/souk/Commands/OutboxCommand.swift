import Core
import Outbox
import Postgres

extension ToolCommand {
  static let outbox = ToolCommand(
    name: "outbox", parameters: "[status|dead|replay|drop|calls|work] [number]",
    summary: "show how far events have come, and settle those that were given up",
    details: """
      status           each consumer's place, backlog, and what is put aside
      dead             dead letters that wait for somebody to decide
      replay NUMBER    give one to its consumer once more
      drop NUMBER      nobody will hear of it
      calls            providers' calls that could not be worked off
      work [ID]        have one of them worked off once more, or all

      To replay and to drop needs --reason TEXT, which goes into the record with who you are.
      """
  ) { arguments in
    let reason = try arguments.option("--reason")
    let words = try arguments.rest(atMost: 2)
    let desk = try OperatorDesk()
    switch words.first ?? "status" {
    case "status": try desk.showOutbox()
    case "dead": try desk.listDeadLetters()
    case "replay": try desk.settle(words, as: .replayed, because: reason)
    case "drop": try desk.settle(words, as: .dropped, because: reason)
    case "calls": try desk.listCalls()
    case "work": try desk.workAgain(words)
    case let word: throw UsageError("'\(word)' is nothing that the outbox can do")
    }
  }
}

extension OperatorDesk {
  fileprivate func showOutbox() throws {
    var table = Table([
      "consumer": .left, "position": .right, "of": .right, "backlog": .right, "oldest": .left,
      "put aside": .right, "dead": .right,
    ])
    let all = try database.read(EventLog.standing())
    for standing in all {
      table.add([
        standing.consumer, "\(standing.position)", "\(standing.head)", "\(standing.backlog)",
        standing.oldestAt?.description ?? "–", "\(standing.deferred)", "\(standing.dead)",
      ])
    }
    Console.say(table.render())
  }

  fileprivate func listDeadLetters() throws {
    let letters = try DeadLetterDirectory.list(
      consumer: nil, isSettled: false, before: nil, limit: 100, offset: 0, in: database
    ).letters
    var table = Table([
      "number": .right, "consumer": .left, "event": .left, "type": .left, "tries": .right,
      "died": .left, "error": .left,
    ])
    for letter in letters {
      table.add([
        "\(letter.number)", letter.consumer, letter.eventId.description, letter.type,
        "\(letter.attempts)", letter.diedAt.description, letter.error,
      ])
    }
    Console.say(letters.isEmpty ? "there are none" : table.render())
  }

  fileprivate func settle(
    _ words: [String], as settlement: DeadLetter.Settlement, because reason: String?
  ) throws {
    guard words.count == 2, let number = Int(words[1]) else { throw UsageError("which number?") }
    let reason = try Self.required(reason)
    let isSettled = try database.transaction { transaction in
      try DeadLetterDirectory.settle(
        number, as: settlement, by: name, because: reason, at: Clock.system.now, in: transaction)
    }
    guard isSettled else { throw Failure("no dead letter \(number) waits to be settled") }
    Console.say("\(Style.green.on("✓")) \(settlement.rawValue) \(number)")
  }
}
