package import Core
package import Outbox
internal import Postgres

extension EventConsumer {
  /// Hears of events on behalf of all sagas, and tells `due` what there is to do once that is
  /// committed.
  package static func sagas(
    _ cues: [SagaCue], ids: IDSource, due: @escaping @Sendable ([SagaKey]) -> Void = { _ in }
  ) -> EventConsumer {
    let byType = Dictionary(grouping: cues, by: \.eventType)
    return .ofMany(name: "sagas", types: Set(byType.keys)) { events, transaction in
      var rounds: [SignalRound] = []
      for event in events {
        for cue in byType[event.type] ?? [] {
          for signal in try cue.signals(event) {
            SignalRound.add(SentSignal(signal, of: event), to: &rounds)
          }
        }
      }
      let keys = try rounds.flatMap { try $0.send(ids: ids, in: transaction) }
      transaction.onCommit { due(keys) }
    }
  }
}

private struct SentSignal {
  let signal: SagaSignal
  let trace: String?

  init(_ signal: SagaSignal, of event: LoggedEvent) {
    self.signal = signal
    trace = event.traceParent
  }

  var key: SagaKey {
    switch signal {
    case .start(let definition, let subject, _), .wake(let definition, let subject),
      .turnBack(let definition, let subject, _):
      SagaKey(definition: definition, subject: subject)
    }
  }
}

/// Signals for sagas of which each is named once, so that their order among each other does not
/// matter and those of one kind go in one statement.
private struct SignalRound {
  private var signals: [SentSignal] = []
  private var keys: Set<SagaKey> = []

  /// After the last round that names the same saga.
  static func add(_ signal: SentSignal, to rounds: inout [SignalRound]) {
    let place = (rounds.lastIndex { $0.keys.contains(signal.key) } ?? -1) + 1
    if place == rounds.count { rounds.append(SignalRound()) }
    rounds[place].signals.append(signal)
    rounds[place].keys.insert(signal.key)
  }

  /// Says which sagas may have something to do.
  func send(ids: IDSource, in transaction: Transaction) throws -> [SagaKey] {
    let now = ids.clock.now
    var starts: [SagaStore.Start] = []
    var wakes: [SagaKey] = []
    var turned: [SagaKey] = []
    for sent in signals {
      switch sent.signal {
      case .start(_, _, let stake):
        starts.append(.init(id: ids.id(), key: sent.key, stake: stake, trace: sent.trace))
      case .wake:
        wakes.append(sent.key)
      case .turnBack(_, _, let reason):
        SagaStore.turnBack(sent.key, because: reason, at: now, in: transaction)
        turned.append(sent.key)
      }
    }
    if !starts.isEmpty { SagaStore.start(starts, at: now, in: transaction) }
    let woken = wakes.isEmpty ? [] : try transaction.read(SagaStore.wake(wakes, at: now))
    return starts.map(\.key) + woken + turned
  }
}
