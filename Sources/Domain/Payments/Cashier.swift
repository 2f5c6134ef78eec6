package import Core
internal import Events
internal import Postgres

/// What the verbs of Payments work with. Each verb is a file named after it.
package struct Cashier {
  let ids: IDSource
  let trace: String?
  package let now: Timestamp

  package init(ids: IDSource, trace: String?) {
    self.ids = ids
    self.trace = trace
    now = ids.clock.now
  }

  func tell(_ event: some DomainEvent, in transaction: Transaction) throws {
    try event.append(to: transaction, ids: ids, at: now, trace: trace)
  }
}
