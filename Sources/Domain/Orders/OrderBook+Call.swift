package import Middleware

extension Call {
  /// Orders' verbs, with what this worker has for them.
  package var orders: OrderBook { OrderBook(ids: shared.ids, trace: trace.header) }
}
