import Core
import Postgres
import Saga

extension ToolCommand {
  static let sagas = ToolCommand(
    name: "sagas", parameters: "[list|show|retry|compensate|skip] [sag_…]",
    summary: "show what was begun and is not over, and decide where it is stuck",
    details: """
      list                  sagas, the newest first: --state, --definition, -n
      show ID               one with its steps and what operators decided
      retry ID              try its present step again now
      compensate ID         undo what it did
      skip ID               go on as if the present step had been done, or undone

      The last three need --reason TEXT, which goes into the record with who you are.
      """
  ) { arguments in
    let state = try arguments.option("--state")
    let definition = try arguments.option("--definition")
    let count = try arguments.number("-n", in: 1...1000) ?? 30
    let reason = try arguments.option("--reason")
    let words = try arguments.rest(atMost: 2)
    let desk = try OperatorDesk()
    switch words.first ?? "list" {
    case "list": try desk.listSagas(state: state, definition: definition, count: count)
    case "show": try desk.showSaga(try OperatorDesk.saga(words))
    case let word:
      guard let verb = SagaVerb(rawValue: word) else {
        throw UsageError("'\(word)' is nothing that sagas can do")
      }
      try desk.decide(verb, about: try OperatorDesk.saga(words), because: reason)
    }
  }
}

extension OperatorDesk {
  fileprivate static func saga(_ words: [String]) throws -> SagaID {
    guard words.count == 2, let id = SagaID(words[1]) else {
      throw UsageError("which one? Its id begins with sag_")
    }
    return id
  }

  fileprivate func listSagas(state: String?, definition: String?, count: Int) throws {
    let wanted = state.flatMap(SagaState.init(rawValue:))
    guard state == nil || wanted != nil else {
      let states = SagaState.allCases.map(\.rawValue).joined(separator: ", ")
      throw UsageError("--state is one of \(states)")
    }
    let sagas = try SagaDirectory.list(
      state: wanted, definition: definition, before: nil, limit: count, offset: 0, in: database
    ).sagas.prefix(count)
    var table = Table([
      "saga": .left, "kind": .left, "state": .left, "step": .left, "tries": .right,
      "at risk": .right, "waits for": .left,
    ])
    for saga in sagas {
      table.add([
        saga.id.description, saga.definition, saga.state.rawValue, saga.step ?? "–",
        "\(saga.attempts)", saga.stake.map { "\($0.amount) \($0.currency.rawValue)" } ?? "–",
        saga.waitingFor ?? saga.lastError ?? "",
      ])
    }
    Console.say(sagas.isEmpty ? "there are none" : table.render())
  }

  fileprivate func showSaga(_ id: SagaID) throws {
    guard let history = try SagaDirectory.history(of: id, in: database) else {
      throw Failure("there is no saga \(id)")
    }
    let saga = history.saga
    Console.say("\(saga.id)  \(saga.definition) of \(saga.subject), run \(saga.run)")
    Console.say("\(saga.state.rawValue) since \(saga.changedAt)")
    if let step = saga.step { Console.say("step: \(step), asked \(saga.attempts) times") }
    if let words = saga.waitingFor { Console.say("waits for: \(words)") }
    if let time = saga.dueAt { Console.say("next look: \(time)") }
    if let error = saga.lastError { Console.say("last error: \(error)") }
    if let reason = saga.refusedBecause { Console.say("turned round: \(reason)") }
    if let stake = saga.stake {
      Console.say("at risk: \(stake.amount) \(stake.currency.rawValue)")
    }
    for step in history.steps {
      Console.say("\(step.at)  \(step.mark) \(step.step)\(step.note.map { ": \($0)" } ?? "")")
    }
    for decision in history.decisions {
      Console.say(
        "\(decision.at)  \(decision.verb) by \(decision.by), because \(decision.reason)")
    }
  }

  fileprivate func decide(_ verb: SagaVerb, about id: SagaID, because reason: String?) throws {
    let reason = try Self.required(reason)
    let outcome = try database.transaction { transaction in
      try SagaDecision.make(
        verb, about: id, by: name, because: reason, at: Clock.system.now, in: transaction)
    }
    switch outcome {
    case .ok: Console.say("\(Style.green.on("✓")) \(verb.rawValue) \(id)")
    case .unknown: throw Failure("there is no saga \(id)")
    case .over: throw Failure("there is nothing left to \(verb.rawValue) in \(id)")
    case .forward: throw Failure("nothing of \(id) can be undone: retry or skip")
    }
  }
}
