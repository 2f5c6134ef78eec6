package import Core
internal import Events
internal import Postgres

/// What the verbs of Orders work with. Each verb is a file named after it.
package struct OrderBook {
  let ids: IDSource
  let trace: String?
  package let now: Timestamp

  /// What is not paid by then dies.
  package static let paymentTime = Duration.minutes(30)
  package static let completionTime = Duration.days(7)

  package init(ids: IDSource, trace: String?) {
    self.ids = ids
    self.trace = trace
    now = ids.clock.now
  }

  package func newOrderID() -> OrderID { ID(ids.uuid()) }

  func tell(_ event: some DomainEvent, in transaction: Transaction) throws {
    try event.append(to: transaction, ids: ids, at: now, trace: trace)
  }
}
