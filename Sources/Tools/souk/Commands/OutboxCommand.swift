import Core
import Outbox
import Postgres

extension ToolCommand {
  static let outbox = ToolCommand(
    name: "outbox", parameters: "[status|dead|replay|drop|calls|work] [number]",
    summary: "show how far events have come, and settle those that were given up",
    details: """
      status           each consumer's place, backlog, and what is put aside
      dead             dead letters that wait for somebody to decide, the oldest first:
                       --consumer NAME, -n
      replay NUMBER    give one to its consumer once more
      replay --consumer NAME
                       give back all of that consumer's, at most 5000 at once; --all: everybody's
      drop NUMBER      nobody will hear of it
      calls            providers' calls that could not be worked off, the oldest first: -n
      work [ID]        have one of them worked off once more, or all

      To replay and to drop needs --reason TEXT, which goes into the record with who you are. What
      is replayed together is heard of in the order in which it happened. Whoever replays one
      letter after the other begins with the oldest.
      """
  ) { arguments in
    let reason = try arguments.option("--reason")
    let consumer = try arguments.option("--consumer")
    let isAboutAll = arguments.flag("--all")
    let count = try arguments.number("-n", in: 1...10_000) ?? 100
    let words = try arguments.rest(atMost: 2)
    let desk = try OperatorDesk()
    switch words.first ?? "status" {
    case "status": try desk.showOutbox()
    case "dead": try desk.listDeadLetters(of: consumer, atMost: count)
    case "replay" where words.count == 1 && isAboutAll != (consumer != nil):
      try desk.replayAll(of: consumer, because: reason)
    case "replay" where isAboutAll || consumer != nil:
      throw UsageError("replay takes a number, or --consumer NAME, or --all")
    case "replay": try desk.settle(words, as: .replayed, because: reason)
    case "drop": try desk.settle(words, as: .dropped, because: reason)
    case "calls": try desk.listCalls(atMost: count)
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

  fileprivate func listDeadLetters(of consumer: String?, atMost count: Int) throws {
    let (letters, total) = try DeadLetterDirectory.waiting(
      for: consumer, limit: count, in: database)
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
    show(table, count: letters.count, of: total)
  }

  /// The first so many of them.
  func show(_ table: Table, count: Int, of total: Int) {
    Console.say(count == 0 ? "there are none" : table.render())
    if count < total { Console.say("\n\(count) of \(total): -n shows more") }
  }

  fileprivate func replayAll(of consumer: String?, because reason: String?) throws {
    let reason = try Self.required(reason)
    let now = Clock.system.now
    let count = try database.transaction { transaction in
      try DeadLetterDirectory.replay(
        of: consumer, by: name, because: reason, at: now, in: transaction)
    }
    guard count > 0 else {
      throw Failure("no dead letter \(consumer.map { "of \($0) " } ?? "")waits to be settled")
    }
    Console.say("\(Style.green.on("✓")) replayed \(count)")
    let (_, left) = try DeadLetterDirectory.waiting(for: consumer, limit: 1, in: database)
    if left > 0 { Console.say("\(left) still wait: once these were heard of, do it again") }
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
