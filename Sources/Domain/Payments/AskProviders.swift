internal import Core
internal import HTTPClient
internal import Postgres

/// The work that leaves this system: it is taken from rows, done without any transaction open, and
/// what came of it is written down if nobody else has taken over meanwhile.
package struct ProviderDesk: Sendable {
  let providers: Providers

  package init(_ providers: Providers) { self.providers = providers }

  /// Asks about the provider's payment that has waited longest. False when none is due, or the
  /// provider cannot be asked from here: its payments are left to who can.
  package func askOne(of provider: ProviderName, with tools: ProviderTools) throws -> Bool {
    guard providers[provider] != nil else { return false }
    let claimed = try tools.database.read(
      QueueStore.claimPayment(of: provider, at: tools.now, lease: Questions.lease)
    ).first
    guard let payment = claimed else { return false }
    _ = try ask(payment, with: tools)
    return true
  }

  /// Of one that was claimed. False when nothing was learned.
  func ask(_ payment: Payment, with tools: ProviderTools) throws -> Bool {
    guard let provider = providers[payment.provider] else {
      try postpone(payment, Self.notConfigured, with: tools)
      return false
    }
    let start = tools.now
    do {
      let (answer, isCreated) = try find(
        payment, provider, with: tools.tracing(payment.trace))
      try write(answer, isCreated: isCreated, asked: start, about: payment, with: tools)
      return true
    } catch let fault as ProviderSilence {
      try postpone(payment, fault.description, with: tools)
    } catch let fault as HTTPClientError {
      try postpone(payment, fault.description, with: tools)
    }
    return false
  }

  /// What is true. What may have been sent before is asked for before it is sent again.
  private func find(
    _ payment: Payment, _ provider: any Provider, with tools: ProviderTools
  ) throws -> (ProviderAnswer, isCreated: Bool) {
    guard payment.status == .pending else { return try close(payment, provider, with: tools) }
    if payment.isCreated || payment.asked > 1 {
      let answer = try provider.query(payment, with: tools)
      if case .authorized = answer.finding, payment.judge(answer.finding).isBelieved {
        return (try provider.capture(payment.knowing(answer.reference), with: tools), true)
      }
      // Opened but without a page to send the customer to: its answer got lost.
      let isLost = answer.finding == .pending && !payment.isCreated
      guard answer.finding == .unknown || isLost else { return (answer, true) }
    }
    let token = try tools.database.read(
      QueueStore.token(
        of: payment.savedMethod, at: payment.provider, for: payment.customer)
    ).first
    let answer = try provider.create(payment, token: token, with: tools)
    // What is open already does not end because it cannot be opened twice.
    if payment.isCreated, case .failed = answer.finding { return (ProviderAnswer(.unknown), true) }
    return (answer, true)
  }

  /// Nobody waits for a payment that was given up: it is not opened any more, and what stands open
  /// is closed.
  private func close(
    _ payment: Payment, _ provider: any Provider, with tools: ProviderTools
  ) throws -> (ProviderAnswer, isCreated: Bool) {
    let answer = try provider.query(payment, with: tools)
    switch answer.finding {
    case .unknown: return (answer, false)
    case .captured, .failed: return (answer, true)
    case .pending, .authorized:
      let end = try provider.cancel(payment.knowing(answer.reference), with: tools)
      return (end ?? answer, true)
    }
  }

  private func write(
    _ answer: ProviderAnswer, isCreated: Bool, asked start: Timestamp, about asked: Payment,
    with tools: ProviderTools
  ) throws {
    try tools.database.transaction { transaction in
      guard let payment = try transaction.read(PaymentStore.lock(asked.id)).first,
        payment.fence == asked.fence
      else { return }
      let cashier = Cashier(ids: tools.ids, trace: payment.trace)
      QueueStore.note(
        answer, of: payment, isCreated: isCreated, asked: start, at: tools.now, in: transaction)
      try cashier.record(answer.finding, for: payment, in: transaction)
      cashier.askAgain(
        payment, after: answer.finding, begun: start, of: asked, in: transaction)
    }
  }

  private func postpone(
    _ payment: Payment, _ fault: String, with tools: ProviderTools
  ) throws {
    func pause(_ times: Int) -> Duration {
      Patience.afterFaults.pause(after: times, tools.ids.randomness)
    }
    let next = payment.asked < payment.askedMost ? tools.now + pause(payment.asked) : nil
    let closing = payment.nextClosing(at: tools.now, after: pause(payment.closing))
    try tools.database.execute(
      QueueStore.postpone(payment, until: next, closing: closing, fault: fault))
  }
}

extension Cashier {
  /// While it is open there is a next question, and while one that was given up is not closed;
  /// there is none when it was asked often enough. `asked` is how it stood when the question began,
  /// at `start`.
  fileprivate func askAgain(
    _ payment: Payment, after finding: Finding, begun start: Timestamp, of asked: Payment,
    in transaction: Transaction
  ) {
    let next: Timestamp?
    switch (payment.status, finding) {
    case (.pending, .pending), (.pending, .authorized), (.pending, .unknown):
      let pause = Patience.forAnswers.pause(after: payment.asked, ids.randomness)
      next = payment.asked < payment.askedMost ? now + pause : nil
    case (.cancelled, .pending), (.cancelled, .authorized), (.cancelled, .unknown):
      // Given up while it was asked about: nobody has tried to close it yet.
      let pause =
        asked.status == .pending
        ? .zero : Patience.forAnswers.pause(after: payment.closing, ids.randomness)
      let isLast = payment.closing >= Questions.closingMost && start >= payment.overAt
      next = isLast ? nil : payment.nextClosing(at: now, after: pause)
    default:
      // Settled before, or by this very answer; or it contradicts what we asked for, which somebody
      // has to look at.
      next = nil
    }
    if next != payment.dueAt { PaymentStore.setDue(next, of: payment.id, in: transaction) }
  }
}
