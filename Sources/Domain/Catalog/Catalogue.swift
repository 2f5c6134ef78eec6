package import Core
internal import Events
package import Middleware
internal import Postgres

/// What the verbs of Catalog work with. Each verb is a file named after it.
package struct Catalogue {
  let ids: IDSource
  let trace: String?
  let requestID: String
  let now: Timestamp

  package init(ids: IDSource, trace: String?, requestID: String) {
    self.ids = ids
    self.trace = trace
    self.requestID = requestID
    now = ids.clock.now
  }

  func announce(_ event: some DomainEvent, in transaction: Transaction) throws {
    try event.append(to: transaction, ids: ids, at: now, trace: trace)
  }
}

extension Call {
  package var catalogue: Catalogue {
    Catalogue(ids: shared.ids, trace: trace.header, requestID: requestID)
  }
}
