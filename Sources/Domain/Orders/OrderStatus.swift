internal import Postgres

/// Where an order stands.
package enum OrderStatus: String, Sendable, CaseIterable, Encodable, Bindable, Column {
  case pending
  case awaitingPayment = "awaiting_payment"
  case paid, processing, shipped, delivered, completed
  case cancelled
  case paymentFailed = "payment_failed"
  case expired, refunded

  /// Every move there is. An order paid on delivery goes to `processing` without being paid.
  package func mayBecome(_ next: OrderStatus) -> Bool {
    switch self {
    case .pending:
      [.awaitingPayment, .paid, .processing, .cancelled, .paymentFailed, .expired].contains(next)
    case .awaitingPayment:
      [.paid, .processing, .cancelled, .paymentFailed, .expired].contains(next)
    case .paymentFailed: [.pending, .cancelled, .expired].contains(next)
    case .paid: [.processing, .shipped, .cancelled, .refunded].contains(next)
    case .processing: [.shipped, .cancelled, .refunded].contains(next)
    case .shipped: [.delivered, .processing, .cancelled, .refunded].contains(next)
    case .delivered: [.completed, .refunded].contains(next)
    case .completed: next == .refunded
    case .cancelled, .expired, .refunded: false
    }
  }

  /// Its goods are still promised, and its money still wanted.
  package var isBeingPlaced: Bool { self == .pending || self == .awaitingPayment }
}

/// Where a parcel stands.
package enum ParcelStatus: String, Sendable, CaseIterable, Encodable, Bindable, Column {
  case pending, processing, packed, shipped, delivered, failed, cancelled

  /// What its shop and its shipper may make of it. One that could not be delivered is packed
  /// again, or given up.
  package func mayBecome(_ next: ParcelStatus) -> Bool {
    switch self {
    case .pending: [.processing, .packed, .shipped, .cancelled].contains(next)
    case .processing: [.packed, .shipped, .cancelled].contains(next)
    case .packed: [.shipped, .cancelled].contains(next)
    case .shipped: [.delivered, .failed].contains(next)
    case .failed: [.packed, .cancelled].contains(next)
    case .delivered, .cancelled: false
    }
  }

  /// Nothing happens to it any more.
  package var isOver: Bool { self == .delivered || self == .cancelled }

  /// On its way to the customer, or there.
  package var isOutOfTheHouse: Bool { self == .shipped || self == .delivered }

  /// What the parcels together make of their order. Nil when none is left.
  package static func orderStatus(of parcels: [ParcelStatus], isPaid: Bool) -> OrderStatus? {
    let left = parcels.filter { $0 != .cancelled }
    if left.isEmpty { return nil }
    if left.allSatisfy({ $0 == .delivered }) { return .delivered }
    if left.contains(where: \.isOutOfTheHouse) { return .shipped }
    return isPaid && left.allSatisfy { $0 == .pending } ? .paid : .processing
  }
}

/// Where a return stands.
package enum ReturnStatus: String, Sendable, CaseIterable, Encodable, Bindable, Column {
  case requested, approved, rejected, received, refunded

  package func mayBecome(_ next: ReturnStatus) -> Bool {
    switch self {
    case .requested: next == .approved || next == .rejected
    case .approved: next == .received || next == .rejected
    case .received: next == .refunded
    case .rejected, .refunded: false
    }
  }
}
