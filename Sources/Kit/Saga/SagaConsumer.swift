package import Core
package import Outbox
internal import Postgres

extension EventConsumer {
  /// Hears of events on behalf of all sagas, and tells `due` what there is to do once that is
  /// committed.
  package static func sagas(
    _ cues: [SagaCue], ids: IDSource, due: @escaping @Sendable (SagaKey) -> Void = { _ in }
  ) -> EventConsumer {
    let byType = Dictionary(grouping: cues, by: \.eventType)
    return EventConsumer(name: "sagas", types: Set(byType.keys)) { event, transaction in
      for cue in byType[event.type] ?? [] {
        for signal in try cue.signals(event) {
          let key = signal.send(event, ids: ids, in: transaction)
          transaction.onCommit { due(key) }
        }
      }
    }
  }
}

extension SagaSignal {
  /// Costs no round trip.
  fileprivate func send(
    _ event: LoggedEvent, ids: IDSource, in transaction: Transaction
  ) -> SagaKey {
    let now = ids.clock.now
    switch self {
    case .start(let definition, let subject, let stake):
      let key = SagaKey(definition: definition, subject: subject)
      SagaStore.start(
        ids.id(), key, stake: stake, trace: event.traceParent, at: now, in: transaction)
      return key
    case .wake(let definition, let subject):
      let key = SagaKey(definition: definition, subject: subject)
      SagaStore.wake(key, at: now, in: transaction)
      return key
    case .turnBack(let definition, let subject, let reason):
      let key = SagaKey(definition: definition, subject: subject)
      SagaStore.turnBack(key, because: reason, at: now, in: transaction)
      return key
    }
  }
}
