package import Core
package import Postgres

/// Money that a customer puts into their wallet.
package struct TopUp: Sendable {
  package let customer: UserID
  package let amount: Money
  package let provider: ProviderName
  package let method: String?
  package let returnURL: String?

  package init(
    customer: UserID, amount: Money, provider: ProviderName, method: String?, returnURL: String?
  ) {
    self.customer = customer
    self.amount = amount
    self.provider = provider
    self.method = method
    self.returnURL = returnURL
  }
}

extension Cashier {
  package static let topUpTime = Duration.hours(24)

  /// Opens a payment that fills the wallet when its money comes.
  package func topUp(_ topUp: TopUp, in transaction: Transaction) throws -> PaymentID {
    let draft = PaymentDraft(
      id: ids.id(), order: nil, customer: topUp.customer, provider: topUp.provider,
      method: topUp.method, savedMethod: nil, amount: topUp.amount, returnURL: topUp.returnURL,
      expiresAt: now + Self.topUpTime, trace: trace)
    let finding = Self.settled(draft)
    let opened = try transaction.read(PaymentStore.insert(draft, as: finding, at: now))
    if let payment = opened.first, let finding {
      try announce(finding, of: payment, in: transaction)
    }
    transaction.hasNews = true
    return draft.id
  }
}
