package import Core
internal import Events
package import Postgres

/// What a shop makes of its parcel.
package struct ParcelChange: Sendable {
  package let status: ParcelStatus?
  package let carrier: String?
  package let tracking: String?
  package let note: String?

  package init(status: ParcelStatus?, carrier: String?, tracking: String?, note: String?) {
    self.status = status
    self.carrier = carrier
    self.tracking = tracking
    self.note = note
  }
}

extension OrderBook {
  /// The shop packs, sends by a carrier of its own, or gives its part of the order up, which is
  /// refunded. What a shipper carries is for the shipper to tell, or for an administrator, where
  /// the shipper is gone.
  package func handle(
    _ id: ParcelID, _ change: ParcelChange, by manager: ShopManager,
    check: (_ version: Int) throws -> Void, in transaction: Transaction
  ) throws {
    let (order, parcel, others) = try lock(
      ParcelStore.lockOrder(of: id, for: manager), id, in: transaction)
    try check(parcel.version)
    let status = change.status ?? parcel.status
    if status == parcel.status {
      ParcelStore.setStatus(
        status, of: id, carrier: change.carrier, tracking: change.tracking, note: change.note,
        at: now, in: transaction)
      return
    }
    let isShippers = [.delivered, .failed].contains(status) && parcel.shipper != nil
    guard !isShippers || manager.isAdmin else {
      throw OrderError.illegalTransition(from: parcel.status.rawValue, to: status.rawValue)
    }
    try move(parcel, of: order, others, to: status, change, by: manager.user, in: transaction)
  }

  /// Throws `noSuchParcel`.
  func lock(
    _ orders: Query<Order>, _ id: ParcelID, in transaction: Transaction
  ) throws -> (order: Order, parcel: Parcel, others: [Parcel]) {
    let (orders, parcels) = try transaction.read(orders, ParcelStore.siblings(of: id))
    guard let order = orders.first, let parcel = parcels.first(where: { $0.id == id }) else {
      throw OrderError.noSuchParcel
    }
    return (order, parcel, parcels.filter { $0.id != id })
  }

  /// Moves the parcel, and the order with it where that changes by it.
  func move(
    _ parcel: Parcel, of order: Order, _ others: [Parcel], to status: ParcelStatus,
    _ change: ParcelChange, by actor: UserID, in transaction: Transaction
  ) throws {
    guard [.paid, .processing, .shipped].contains(order.status) else {
      throw order.status.isBeingPlaced ? OrderError.notPaid : OrderError.orderIsOver
    }
    guard parcel.status.mayBecome(status) else {
      throw OrderError.illegalTransition(from: parcel.status.rawValue, to: status.rawValue)
    }
    // One that failed has no shipper any more, nor has one that the shop sent by itself.
    let isGivenBack = status == .failed || (status == .shipped && parcel.shipper != actor)
    ParcelStore.setStatus(
      status, of: parcel.id, carrier: change.carrier, tracking: change.tracking, note: change.note,
      isGivenBack: isGivenBack, at: now, in: transaction)
    HistoryStore.append(
      .init(
        order: order.id, parcel: parcel.id, status: status.rawValue,
        words: Self.words(status, change), actor: actor),
      at: now, in: transaction)
    try tell(
      ParcelChanged(
        orderId: order.id, parcelId: parcel.id, shopId: parcel.shop, customerId: order.customer,
        status: status.rawValue, amount: parcel.amount),
      in: transaction)
    try follow(others.map(\.status) + [status], order, by: actor, in: transaction)
  }

  private func follow(
    _ parcels: [ParcelStatus], _ order: Order, by actor: UserID, in transaction: Transaction
  ) throws {
    guard let next = ParcelStatus.orderStatus(of: parcels, isPaid: order.paidAt != nil) else {
      try cancelWhole(
        order, reason: "Every shop gave its part up.", by: actor, in: transaction)
      return
    }
    guard next != order.status else { return }
    // A parcel that failed takes an order back from shipped to processing: told by the parcel.
    OrderStore.setStatus(next, of: order.id, at: now, in: transaction)
    note(order, next, Self.words(next), by: actor, in: transaction)
    switch next {
    case .shipped: try tell(moved(order, as: OrderStates.Shipped.self), in: transaction)
    case .delivered: try tell(moved(order, as: OrderStates.Delivered.self), in: transaction)
    default: break
    }
  }

  private static func words(_ status: ParcelStatus, _ change: ParcelChange) -> String {
    let sentence =
      switch status {
      case .pending: "The shop has the order."
      case .processing: "The shop is preparing its parcel."
      case .packed: "A parcel is packed."
      case .shipped: "A parcel is under way."
      case .delivered: "A parcel was delivered."
      case .failed: "A parcel could not be delivered."
      case .cancelled: "A shop gave its part of the order up."
      }
    let tracking = change.tracking.map { " Tracking: \($0)." } ?? ""
    return sentence + tracking + (change.note.map { " \($0)" } ?? "")
  }

  private static func words(_ status: OrderStatus) -> String {
    switch status {
    case .processing: "The shops are preparing the order."
    case .shipped: "The order is under way."
    case .delivered: "Everything was delivered."
    default: "The order is \(status.rawValue)."
    }
  }
}
