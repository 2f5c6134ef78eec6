internal import Core
internal import Crypto
package import Postgres

extension Cashier {
  /// Puts down a call whose signature is good, once. One that comes again is noted as such.
  package func receive(
    _ call: ProviderCall, from provider: ProviderName, at address: String,
    in transaction: Transaction
  ) throws {
    let isNew = try transaction.execute(
      InboxStore.insert(
        call, from: provider, digest: SHA256.hash(call.body), id: ids.uuid(), address: address,
        at: now))
    guard isNew == 0 else {
      transaction.hasNews = true
      return
    }
    SecurityStore.count(
      .repeated, provider: provider, detail: Self.name(of: call), from: address, at: now,
      in: transaction)
  }

  /// Puts down that somebody called who could not prove to be the provider.
  package func refuse(
    _ call: ProviderCall, _ fault: CallFault, from provider: ProviderName, at address: String,
    in transaction: Transaction
  ) {
    let kind: SecurityEvent =
      switch fault {
      case .forged: .forged
      case .stale: .stale
      case .unreadable: .unreadable
      }
    SecurityStore.count(
      kind, provider: provider, detail: Self.name(of: call), from: address, at: now,
      in: transaction)
  }

  /// What tells one call from another without keeping what a stranger wrote.
  private static func name(of call: ProviderCall) -> String {
    "\(call.body.count) bytes, SHA-256 \(Hex.encode(SHA256.hash(call.body)))"
  }
}

extension ProviderDesk {
  /// Somebody who has the keys of the one who called can have worked it off by then.
  private static let grace = Duration.days(1)

  /// Works off the call that has waited longest: what it says, and that it was worked off, commit
  /// together. One of a provider whose keys are not here is left to who has them, and after a while
  /// to operators. False when there is none.
  package func readOne(with tools: ProviderTools) throws -> Bool {
    var taken: InboxStore.Letter?
    do {
      try tools.database.transaction { transaction in
        taken = try transaction.read(
          InboxStore.claim(
            from: ProviderName.outside.filter { providers[$0] != nil }, at: tools.now,
            orDueBefore: tools.now - Self.grace)
        ).first
        guard let letter = taken else { return }
        guard let provider = providers[letter.provider] else {
          transaction.enqueue(
            InboxStore.postpone(letter, until: nil, fault: Self.notConfigured))
          return
        }
        let verdict = try read(letter, provider, with: tools, in: transaction)
        InboxStore.settle(letter, verdict, at: tools.now, in: transaction)
      }
    } catch let error as PostgresError where !error.isUnavailable {
      guard let letter = taken else { throw error }
      let pause = Patience.afterFaults.pause(after: letter.tries + 1, tools.ids.randomness)
      let due = letter.tries < Patience.afterFaults.attemptsMax ? tools.now + pause : nil
      try tools.database.execute(
        InboxStore.postpone(letter, until: due, fault: error.description))
    }
    return taken != nil
  }

  private func read(
    _ letter: InboxStore.Letter, _ provider: any Provider, with tools: ProviderTools,
    in transaction: Transaction
  ) throws -> String {
    let notice: Notice
    do {
      notice = try provider.parse(letter.body)
    } catch {
      return suspect(.unreadable, letter, nil, with: tools, in: transaction)
    }
    if let refund = notice.refund {
      return try read(refund, letter, with: tools, in: transaction)
    }
    guard let id = notice.payment else { return "about nothing of ours" }
    guard let payment = try transaction.read(PaymentStore.lock(id)).first else {
      return suspect(.unknownPayment, letter, id, with: tools, in: transaction)
    }
    guard payment.provider == letter.provider else {
      return suspect(.wrongProvider, letter, id, with: tools, in: transaction)
    }
    let judgement = payment.judge(notice.finding)
    if judgement.isBelieved, payment.status == .pending, case .authorized = notice.finding {
      PaymentStore.setDue(payment.mayBeAsked(from: tools.now), of: id, in: transaction)
      return "promised: it is asked for"
    }
    if judgement.isNews, !provider.signsAllItSays {
      PaymentStore.setDue(payment.mayBeAsked(from: tools.now), of: id, in: transaction)
      return "news: it is asked for"
    }
    if let reference = notice.reference, !payment.isKnown(as: reference), judgement.isBelieved,
      provider.signsAllItSays
    {
      QueueStore.note(
        ProviderAnswer(notice.finding, reference: reference), of: payment,
        isCreated: true, at: tools.now, in: transaction)
    }
    return try Cashier(ids: tools.ids, trace: payment.trace)
      .record(notice.finding, for: payment, in: transaction)
  }

  /// A refund that fails after it had succeeded leaves money here that is the customer's. Nobody
  /// can give it to them in the same way again: operators are told.
  private func read(
    _ notice: RefundNotice, _ letter: InboxStore.Letter, with tools: ProviderTools,
    in transaction: Transaction
  ) throws -> String {
    guard let refund = try transaction.read(RefundStore.find(notice.id)).first,
      let payment = try transaction.read(QueueStore.find(refund.payment)).first
    else { return suspect(.unknownPayment, letter, nil, with: tools, in: transaction) }
    guard payment.provider == letter.provider else {
      return suspect(.wrongProvider, letter, payment.id, with: tools, in: transaction)
    }
    if refund.status == .pending { return "the refund is asked about" }
    guard let failure = notice.failure, refund.status == .succeeded else { return "nothing new" }
    let detail = "\(refund.amount.amount) \(refund.amount.currency.rawValue) of \(refund.id)"
    SecurityStore.insert(
      .refundUndone, provider: payment.provider, payment: payment.id,
      detail: "\(detail) came back: \(failure)", at: tools.now, in: transaction)
    return SecurityEvent.refundUndone.rawValue
  }

  private func suspect(
    _ kind: SecurityEvent, _ letter: InboxStore.Letter, _ payment: PaymentID?,
    with tools: ProviderTools, in transaction: Transaction
  ) -> String {
    SecurityStore.insert(
      kind, provider: letter.provider, payment: payment, detail: "call \(letter.id)",
      at: tools.now, in: transaction)
    return kind.rawValue
  }
}
