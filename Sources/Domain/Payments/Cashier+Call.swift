package import Middleware

extension Call {
  /// Payments' verbs, with what this worker has for them.
  package var cashier: Cashier { Cashier(ids: shared.ids, trace: trace.header) }
}

extension Call {
  /// Who is offered here, read when the function started.
  package var providers: Providers { shared.settings.own as? Providers ?? .none }
}
