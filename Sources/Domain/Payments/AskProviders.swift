internal import Core
internal import HTTPClient
internal import Postgres

/// The work that leaves this system: it is taken from rows, done without any transaction open, and
/// what came of it is written down if nobody else has taken over meanwhile.
package struct ProviderDesk: Sendable {
  /// Longer than any call may take.
  static let lease = Duration.seconds(60)

  let providers: Providers

  package init(_ providers: Providers) { self.providers = providers }

  /// Asks about the payment that has waited longest. False when none is due.
  package func askOne(with tools: ProviderTools) throws -> Bool {
    let claimed = try tools.database.read(
      QueueStore.claimPayment(at: tools.now, lease: Self.lease)
    ).first
    guard let payment = claimed else { return false }
    try ask(payment, with: tools)
    return true
  }

  private func ask(_ payment: Payment, with tools: ProviderTools) throws {
    guard let provider = providers[payment.provider] else {
      return try postpone(payment, "this provider is not configured", with: tools)
    }
    do {
      let (answer, isCreated) = try find(payment, provider, with: tools)
      try write(answer, isCreated: isCreated, about: payment, with: tools)
    } catch let fault as ProviderSilence {
      try postpone(payment, fault.description, with: tools)
    } catch let fault as HTTPClientError {
      try postpone(payment, fault.description, with: tools)
    }
  }

  /// What is true. What may have been sent before is asked for before it is sent again.
  private func find(
    _ payment: Payment, _ provider: any Provider, with tools: ProviderTools
  ) throws -> (ProviderAnswer, isCreated: Bool) {
    var known = ProviderAnswer(.unknown)
    if payment.isCreated || payment.asked > 1 {
      let answer = try provider.query(payment, with: tools)
      if case .authorized = answer.finding, payment.status == .pending {
        return (try provider.capture(payment.knowing(answer.reference), with: tools), true)
      }
      // Opened but without a page to send the customer to: its answer got lost.
      let isLost = answer.finding == .pending && !payment.isCreated
      guard answer.finding == .unknown || isLost else { return (answer, true) }
      known = answer
    }
    // Nobody waits for a payment that was given up: it is not opened any more.
    guard payment.status == .pending else { return (known, known.finding != .unknown) }
    let token = try tools.database.read(
      QueueStore.token(of: payment.savedMethod, for: payment.customer)
    ).first
    return (try provider.create(payment, token: token, with: tools), true)
  }

  private func write(
    _ answer: ProviderAnswer, isCreated: Bool, about asked: Payment, with tools: ProviderTools
  ) throws {
    try tools.database.transaction { transaction in
      guard let payment = try transaction.read(PaymentStore.lock(asked.id)).first,
        payment.fence == asked.fence
      else { return }
      let cashier = Cashier(ids: tools.ids, trace: payment.trace)
      QueueStore.note(
        answer, of: payment, isCreated: isCreated, at: tools.now, in: transaction)
      try cashier.record(answer.finding, for: payment, in: transaction)
      try cashier.askAgain(payment, after: answer.finding, in: transaction)
    }
  }

  private func postpone(
    _ payment: Payment, _ fault: String, with tools: ProviderTools
  ) throws {
    let next = tools.now + Patience.afterFaults.pause(after: payment.asked, tools.ids.randomness)
    let due = payment.asked < payment.askedMost ? next : nil
    try tools.database.execute(QueueStore.postpone(payment, until: due, fault: fault))
  }
}

extension Cashier {
  /// While it is open there is a next question; there is none when it was asked often enough.
  fileprivate func askAgain(
    _ payment: Payment, after finding: Finding, in transaction: Transaction
  ) throws {
    let isOpen: Bool =
      switch finding {
      case .pending, .authorized: [.pending, .cancelled].contains(payment.status)
      case .unknown: payment.status == .pending
      case .captured, .failed: false
      }
    guard isOpen else {
      // Settled before, or by this very answer; or it contradicts what we asked for, which somebody
      // has to look at.
      if payment.dueAt != nil { PaymentStore.setDue(nil, of: payment.id, in: transaction) }
      return
    }
    let next = now + Patience.forAnswers.pause(after: payment.asked, ids.randomness)
    PaymentStore.setDue(
      payment.asked < payment.askedMost ? next : nil, of: payment.id, in: transaction)
  }
}
