package import Middleware

extension Call {
  /// Payments' verbs, with what this worker has for them.
  package var cashier: Cashier { Cashier(ids: shared.ids, trace: trace.header) }
}
