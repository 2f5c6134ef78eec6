package import Core
package import Postgres

/// What an order wants paid.
package struct PaymentRequest: Sendable {
  package let order: OrderID
  package let customer: UserID
  package let amount: Money
  package let provider: String
  package let method: String?
  package let savedMethod: UUID?
  /// Where the customer comes back to from the provider's page.
  package let returnURL: String?
  package let expiresAt: Timestamp

  package init(
    order: OrderID, customer: UserID, amount: Money, provider: String, method: String?,
    savedMethod: UUID?, returnURL: String? = nil, expiresAt: Timestamp
  ) {
    self.order = order
    self.customer = customer
    self.amount = amount
    self.provider = provider
    self.method = method
    self.savedMethod = savedMethod
    self.returnURL = returnURL
    self.expiresAt = expiresAt
  }
}

/// A payment that is about to be opened.
struct PaymentDraft {
  let id: PaymentID
  let order: OrderID?
  let customer: UserID
  let provider: ProviderName
  let method: String?
  let savedMethod: PaymentMethodID?
  let amount: Money
  let returnURL: String?
  let expiresAt: Timestamp
  let trace: String?
}

extension Cashier {
  /// Opens the order's payment, or finds the one that nobody has given up, also one that failed:
  /// for another attempt that one is abandoned first. The wallet, cash on delivery and the quick
  /// methods of the sandbox are settled at once; everybody else is asked later, by a job.
  /// `isFirst` says that the order has had none so far.
  package func request(
    _ request: PaymentRequest, isFirst: Bool = false, in transaction: Transaction
  ) throws -> PaymentStanding {
    guard let provider = ProviderName(rawValue: request.provider) else {
      return .failed(reason: "unknown_provider")
    }
    let draft = PaymentDraft(
      id: ids.id(), order: request.order, customer: request.customer, provider: provider,
      method: request.method, savedMethod: request.savedMethod.map { PaymentMethodID($0) },
      amount: request.amount, returnURL: request.returnURL, expiresAt: request.expiresAt,
      trace: trace)
    let known = provider == .wallet ? nil : Self.settled(draft)
    if isFirst, let known {
      transaction.late(SettledPayment(draft: draft, finding: known, at: now))
      try announce(known, of: Payment(draft, settled: known), in: transaction)
      return Self.standing(after: known)
    }
    // A payment is locked before a wallet, also one that was there before.
    let (opened, found, purse) = try transaction.read(
      PaymentStore.insert(draft, as: known, at: now),
      PaymentStore.lockCurrent(of: request.order).when(provider == .wallet),
      LedgerStore.lockWallet(of: request.customer, in: request.amount.currency)
        .when(provider == .wallet))
    guard let payment = opened.first else {
      let current =
        try found.first ?? transaction.read(PaymentStore.lockCurrent(of: request.order)).first
      return current?.standing ?? .failed(reason: "not_opened")
    }
    if let known {
      try announce(known, of: payment, in: transaction)
      return Self.standing(after: known)
    }
    guard let finding = Self.settled(draft, purse: purse.first ?? 0) else {
      return payment.standing
    }
    try record(finding, for: payment, in: transaction)
    return Self.standing(after: finding)
  }

  /// What is known at once, without asking anybody outside.
  static func settled(_ draft: PaymentDraft, purse: Int = 0) -> Finding? {
    if draft.amount.amount == 0 { return .captured(draft.amount) }
    switch draft.provider {
    case .wallet:
      return purse >= draft.amount.amount
        ? .captured(draft.amount) : .failed(reason: "insufficient_funds")
    case .cod: return .authorized(draft.amount)
    case .sandbox:
      switch draft.method.flatMap(SandboxMethod.init) {
      case .approve: return .captured(draft.amount)
      case .decline: return .failed(reason: "declined")
      case nil: return draft.method == nil ? .captured(draft.amount) : nil
      default: return nil
      }
    case .momo, .midtrans, .stripe: return nil
    }
  }

  private static func standing(after finding: Finding) -> PaymentStanding {
    switch finding {
    case .authorized: .authorized
    case .captured: .captured
    case .failed(let reason): .failed(reason: reason)
    case .pending, .unknown: .cancelled  // Never said of what is settled at once.
    }
  }

  /// Those of these orders that have had a payment.
  package func withPayment(
    _ orders: [OrderID], in transaction: Transaction
  ) throws -> Set<OrderID> {
    let found = try transaction.read(PaymentStore.withPayment(orders))
    return Set(found)
  }

  /// Nil where the order never had a payment.
  package func standing(
    of order: OrderID, in transaction: Transaction
  ) throws -> PaymentStanding? {
    try transaction.read(PaymentStore.current(of: order)).first?.standing
  }
}

extension Cashier {
  package func look(at id: PaymentID, in transaction: Transaction) throws -> Payment? {
    try transaction.read(PaymentStore.lock(id)).first
  }
}
