internal import Core
internal import HTTPClient
internal import Postgres

extension ProviderDesk {
  /// Gives back what has waited longest at the provider. False when nothing is due, or the provider
  /// cannot be asked from here.
  package func refundOne(of provider: ProviderName, with tools: ProviderTools) throws -> Bool {
    guard let provider = providers[provider] else { return false }
    let claimed = try tools.database.read(
      QueueStore.claimRefund(of: provider.name, at: tools.now, lease: Questions.lease)
    ).first
    guard let refund = claimed else { return false }
    guard let payment = try tools.database.read(QueueStore.find(refund.payment)).first else {
      return false
    }
    do {
      try write(
        try provider.refund(refund, of: payment, with: tools.tracing(payment.trace)),
        about: refund, with: tools)
    } catch let fault as ProviderSilence {
      try postpone(refund, fault.description, with: tools)
    } catch let fault as HTTPClientError {
      try postpone(refund, fault.description, with: tools)
    }
    return true
  }

  private func write(
    _ answer: RefundAnswer, about asked: Refund, with tools: ProviderTools
  ) throws {
    switch answer {
    case .pending(let reference):
      let pause = Patience.forAnswers.pause(after: asked.asked + 2, tools.ids.randomness)
      try tools.database.execute(
        QueueStore.postpone(
          asked, until: next(asked, pause, tools), reference: reference))
    case .waiting(let words):
      try tools.database.execute(
        QueueStore.postpone(asked, until: tools.now + Self.anHour, waitingFor: words))
    case .succeeded: try settle(asked, succeeded: true, reason: nil, with: tools)
    case .failed(let reason): try settle(asked, succeeded: false, reason: reason, with: tools)
    }
  }

  private func settle(
    _ asked: Refund, succeeded: Bool, reason: String?, with tools: ProviderTools
  ) throws {
    try tools.database.transaction { transaction in
      let (payments, refunds) = try transaction.read(
        PaymentStore.lock(asked.payment), RefundStore.lock(asked.id))
      guard let payment = payments.first, let refund = refunds.first, refund.status == .pending,
        // That it succeeded is true whoever hears it; that it failed, only for who asked last.
        succeeded || refund.fence == asked.fence
      else { return }
      if let reason { RefundStore.note(reason, of: refund, in: transaction) }
      try Cashier(ids: tools.ids, trace: payment.trace)
        .settle(refund, of: payment, succeeded: succeeded, in: transaction)
    }
  }

  /// A refund that cannot be made stays where it is, so that somebody can look at it: money is
  /// never kept because a server was away for too long.
  private func postpone(_ refund: Refund, _ fault: String, with tools: ProviderTools) throws {
    let pause = Patience.afterFaults.pause(after: refund.asked, tools.ids.randomness)
    try tools.database.execute(
      QueueStore.postpone(
        refund, until: next(refund, pause, tools), fault: fault))
  }

  private static let anHour = Duration.hours(1)

  /// After the last try once an hour.
  private func next(_ refund: Refund, _ pause: Duration, _ tools: ProviderTools) -> Timestamp {
    tools.now + (refund.asked < Patience.afterFaults.attemptsMax ? pause : Self.anHour)
  }
}
