internal import HTTPClient
package import Middleware

extension Call {
  /// Payments' verbs, with what this worker has for them.
  package var cashier: Cashier { Cashier(ids: shared.ids, trace: trace.header) }
}

extension Call {
  /// Who is offered here, read when the function started.
  package var providers: Providers { shared.settings.own as? Providers ?? .none }

  /// To ask them while the caller waits: with little time.
  package var providerTools: ProviderTools {
    ProviderTools(
      http: HTTPClient(timeout: Questions.brief), database: database, ids: shared.ids)
  }
}
