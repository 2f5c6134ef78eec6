package import Payments
import Postgres
package import Schedule

/// What is done about payments outside of requests and sagas.
package enum PaymentJobs {
  package static func make(_ providers: Providers) -> [Job] {
    let desk = ProviderDesk(providers)
    let offered = ProviderName.outside.filter { providers[$0] != nil }
    let jobs =
      [
        Job("provider_calls", every: .seconds(1)) { try desk.readOne(with: $0.forProviders) },
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
        Job("unasked_providers", every: .seconds(55), isNudged: false) { tools in
          try desk.noteUnasked(with: tools.forProviders)
        },
      ] + offered.flatMap { asking($0, desk) }
    guard let sandbox = providers.sandbox else { return jobs }
    return jobs + [
      Job("sandbox", every: .milliseconds(500)) { try sandbox.callBack(with: $0.forProviders) }
    ]
  }

  /// Of one provider: one that answers slowly, or never, holds up its own customers and nobody
  /// else's.
  private static func asking(_ provider: ProviderName, _ desk: ProviderDesk) -> [Job] {
    let payments = job("payments_\(provider.rawValue)") {
      try desk.askOne(of: provider, with: $0.forProviders)
    }
    guard provider.isAskedForRefunds else { return [payments] }
    let refunds = job("refunds_\(provider.rawValue)") {
      try desk.refundOne(of: provider, with: $0.forProviders)
    }
    return [payments, refunds]
  }

  private static func job(
    _ name: String, _ work: @escaping @Sendable (JobTools) throws -> Bool
  ) -> Job {
    Job(name, every: .seconds(1), patience: Questions.patience, work: work)
  }
}

extension JobTools {
  fileprivate var forProviders: ProviderTools {
    ProviderTools(http: http, database: database, ids: ids)
  }
}
