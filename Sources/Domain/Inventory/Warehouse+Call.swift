package import Middleware

extension Call {
  /// Inventory's verbs, with what this worker has for them.
  package var warehouse: Warehouse { Warehouse(ids: shared.ids, trace: trace.header) }
}
