package import Payments
import Postgres
package import Schedule

/// What is done about payments outside of requests and sagas.
package enum PaymentJobs {
  package static func make(_ providers: Providers) -> [Job] {
    let desk = ProviderDesk(providers)
    let jobs = [
      Job("provider_calls", every: .seconds(1)) { try desk.readOne(with: $0.forProviders) },
      // A provider that answers slowly holds up one of them, and not all customers.
      asking("payments_1") { try desk.askOne(with: $0.forProviders) },
      asking("payments_2") { try desk.askOne(with: $0.forProviders) },
      asking("refunds") { try desk.refundOne(with: $0.forProviders) },
      Job("refused_refunds", every: .seconds(55), isNudged: false) { tools in
        try tools.database.transaction { transaction in
          try Cashier(ids: tools.ids, trace: nil).giveBackAgain(limit: 100, in: transaction)
        }
      },
      Job("top_ups", every: .seconds(55), isNudged: false) { tools in
        try tools.database.transaction { transaction in
          try Cashier(ids: tools.ids, trace: nil).expireTopUps(limit: 100, in: transaction)
        }
      },
    ]
    guard let sandbox = providers.sandbox else { return jobs }
    return jobs + [
      Job("sandbox", every: .milliseconds(500)) { try sandbox.callBack(with: $0.forProviders) }
    ]
  }
}

private func asking(
  _ name: String, _ work: @escaping @Sendable (JobTools) throws -> Bool
) -> Job {
  Job(name, every: .seconds(1), patience: Questions.patience, work: work)
}

extension JobTools {
  fileprivate var forProviders: ProviderTools {
    ProviderTools(http: http, database: database, ids: ids)
  }
}
