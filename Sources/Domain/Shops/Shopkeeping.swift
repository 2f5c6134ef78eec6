package import Core
internal import Events
package import Gate
package import Middleware
internal import Postgres

/// What the verbs of Shops work with. Each verb is a file named after it.
package struct Shopkeeping {
  package static let shopsMax = 50

  let ids: IDSource
  let gate: Gate
  let trace: String?
  let requestID: String
  /// Whole milliseconds, as tokens know them.
  let now: Timestamp

  package init(ids: IDSource, gate: Gate, trace: String?, requestID: String) {
    self.ids = ids
    self.gate = gate
    self.trace = trace
    self.requestID = requestID
    now = Timestamp(microseconds: ids.clock.now.milliseconds * 1000)
  }

  func announce(_ event: some DomainEvent, in transaction: Transaction) throws {
    try event.append(to: transaction, ids: ids, at: now, trace: trace)
  }
}

extension Call {
  package var shopkeeping: Shopkeeping {
    Shopkeeping(
      ids: shared.ids, gate: services.gate, trace: trace.header, requestID: requestID)
  }
}
