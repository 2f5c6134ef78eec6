package import Core
package import Outbox
package import Saga

/// What the scheduled function carries on: all sagas, and who hears of events.
package enum Registry {
  package static let sagas = [
    CheckoutSaga.definition, DeliverySaga.definition, ParcelSaga.definition, ReturnSaga.definition,
  ]

  private static let cues =
    CheckoutSaga.cues + DeliverySaga.cues + ParcelSaga.cues + ReturnSaga.cues

  /// `due` hears, after the commit, which saga there is something to do for.
  package static func consumers(
    ids: IDSource, due: @escaping @Sendable (SagaKey) -> Void = { _ in }
  ) -> [EventConsumer] {
    [.sagas(cues, ids: ids, due: due), OrderConsumer.make(ids: ids)]
  }
}
