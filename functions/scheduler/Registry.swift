package import Core
internal import Notifications
package import Outbox
package import Saga

/// What the scheduled function carries on: all sagas, what they hear of, and who else hears of
/// events.
package enum Registry {
  package static let sagas = [
    CheckoutSaga.definition, DeliverySaga.definition, ParcelSaga.definition, ReturnSaga.definition,
  ]

  package static let cues =
    CheckoutSaga.cues + DeliverySaga.cues + ParcelSaga.cues + ReturnSaga.cues

  package static func consumers(
    ids: IDSource = IDSource(), sendsSMS: Bool = false
  ) -> [EventConsumer] {
    [
      OrderConsumer.make(ids: ids), SalesConsumer.consumer,
      Herald(ids: ids, sendsSMS: sendsSMS).consumer,
    ]
  }
}
