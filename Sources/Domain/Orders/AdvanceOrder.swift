package import Core
internal import Events
package import Postgres

// How the saga of a checkout moves its order. Each verb is called with the saga's row locked, and
// locks the order before anything else.

extension OrderBook {
  /// Throws `noSuchOrder`.
  package func lock(_ id: OrderID, in transaction: Transaction) throws -> Order {
    guard let order = try transaction.read(OrderStore.lock([id])).first else {
      throw OrderError.noSuchOrder
    }
    return order
  }

  /// Orders with what was bought, as far as there are any.
  package func lockWhole(_ ids: [OrderID], in transaction: Transaction) throws -> [OrderID: (
    order: Order, items: [Order.Item]
  )] {
    let (orders, items) = try transaction.read(OrderStore.lock(ids), ItemStore.list(of: ids))
    let bought = Dictionary(grouping: items, by: \.order).mapValues { $0.map(\.item) }
    return Dictionary(uniqueKeysWithValues: orders.map { ($0.id, ($0, bought[$0.id] ?? [])) })
  }

  /// The order with what was bought. Throws `noSuchOrder`.
  package func lockWhole(_ id: OrderID, in transaction: Transaction) throws -> (
    order: Order, items: [Order.Item]
  ) {
    guard let found = try lockWhole([id], in: transaction)[id] else {
      throw OrderError.noSuchOrder
    }
    return found
  }

  /// Throws `illegalTransition` for an order that died meanwhile.
  package func awaitPayment(_ order: Order, in transaction: Transaction) throws {
    guard order.status != .awaitingPayment else { return }
    try move(order, to: .awaitingPayment, "Waiting for the payment.", in: transaction)
  }

  /// Paid, or to be paid on delivery: the parcels are made, and sellers begin to work.
  package func confirm(
    _ order: Order, _ items: [Order.Item], isPaid: Bool, in transaction: Transaction
  ) throws {
    let status = isPaid ? OrderStatus.paid : .processing
    try check(order, to: status)
    transaction.late(
      ConfirmedOrder(order: order.id, status: status, at: now, paidAt: isPaid ? now : nil))
    let shops = Dictionary(grouping: items, by: \.shop)
    for shop in shops.keys.sorted() {
      let amount = (shops[shop] ?? []).reduce(0) { $0 + $1.lineTotal.amount - $1.discount.amount }
      transaction.late(
        NewParcel(
          id: ID(ids.uuid()), order: order.id, shop: shop,
          amount: Money(amount, order.total.currency), at: now))
    }
    note(
      order, status,
      isPaid ? "The payment arrived." : "Confirmed. It is paid on delivery.", in: transaction)
    if isPaid { try tell(moved(order, as: OrderStates.Paid.self), in: transaction) }
    try tell(moved(order, as: OrderStates.Confirmed.self), in: transaction)
  }

  /// The cash of an order paid on delivery is there.
  package func markPaid(_ order: Order, in transaction: Transaction) throws {
    guard order.paidAt == nil else { return }
    OrderStore.setPaid(order.id, at: now, in: transaction)
    note(order, order.status, "Paid on delivery.", in: transaction)
    try tell(moved(order, as: OrderStates.Paid.self), in: transaction)
  }

  /// Why a checkout is undone.
  package enum End: Sendable {
    case paymentFailed, expired, cancelled
  }

  /// The order dies, if it lives still. What it held is given back by the caller.
  package func end(
    _ order: Order, as end: End, reason: String, in transaction: Transaction
  ) throws {
    switch end {
    case .paymentFailed where order.status.mayBecome(.paymentFailed):
      OrderStore.setDead(.paymentFailed, reason: reason, of: order.id, at: now, in: transaction)
      note(order, .paymentFailed, "The payment failed: \(reason)", in: transaction)
      try tell(moved(order, as: OrderStates.PaymentFailed.self, reason), in: transaction)
    case .expired where order.status.mayBecome(.expired):
      OrderStore.setDead(.expired, reason: reason, of: order.id, at: now, in: transaction)
      note(order, .expired, "It was not paid in time.", in: transaction)
      try tell(moved(order, as: OrderStates.Expired.self, reason), in: transaction)
    case .cancelled where order.status.mayBecome(.cancelled):
      // By an operator's word also after it was confirmed.
      let parcels =
        order.confirmedAt == nil ? [] : try transaction.read(ParcelStore.list(of: order.id))
      try cancelWhole(order, reason: reason, by: nil, parcels, in: transaction)
    default:
      break
    }
  }

  /// Seven days after delivery.
  package func complete(_ order: Order, in transaction: Transaction) throws {
    guard order.status == .delivered else { return }
    try move(order, to: .completed, "Completed.", in: transaction)
    try tell(moved(order, as: OrderStates.Completed.self), in: transaction)
  }

  /// Everything that was paid has gone back. Parcels that are still with a shop or under way are
  /// waited for: they can be given up, which puts their goods back into the stock, or delivered.
  package func markRefunded(_ order: Order, in transaction: Transaction) throws {
    guard order.status.mayBecome(.refunded),
      try transaction.read(ParcelStore.list(of: order.id)).allSatisfy(\.status.isOver)
    else { return }
    try move(order, to: .refunded, "Everything was refunded.", in: transaction)
    try tell(moved(order, as: OrderStates.Refunded.self), in: transaction)
  }

  /// Another attempt after a payment that failed: the goods are held anew, at the old prices, as
  /// long as the order's time has not run out. Nothing for an order in any other state.
  package func retryPayment(
    _ order: Order, with payment: PaymentChoice, in transaction: Transaction
  ) throws {
    guard order.status == .paymentFailed, now < order.expiresAt else { return }
    OrderStore.setRetried(
      order.id, hold: newOrderID(), payment, at: now, in: transaction)
    note(order, .pending, "Another attempt to pay began.", in: transaction)
    try tell(moved(order, as: OrderStates.PaymentRetried.self), in: transaction)
  }
}

extension OrderBook {
  func check(_ order: Order, to next: OrderStatus) throws {
    guard order.status.mayBecome(next) else {
      throw OrderError.illegalTransition(from: order.status.rawValue, to: next.rawValue)
    }
  }

  func move(
    _ order: Order, to next: OrderStatus, _ words: String, by actor: UserID? = nil,
    in transaction: Transaction
  ) throws {
    try check(order, to: next)
    OrderStore.setStatus(next, of: order.id, at: now, in: transaction)
    note(order, next, words, by: actor, in: transaction)
  }

  func note(
    _ order: Order, _ status: OrderStatus, _ words: String, by actor: UserID? = nil,
    in transaction: Transaction
  ) {
    HistoryStore.append(
      .init(order: order.id, status: status.rawValue, words: words, actor: actor), at: now,
      in: transaction)
  }

  func moved<State: OrderState>(
    _ order: Order, as state: State.Type, _ reason: String? = nil
  ) -> OrderMoved<State> {
    OrderMoved(
      orderId: order.id, customerId: order.customer, number: order.number, total: order.total,
      reason: reason)
  }
}

extension OrderBook {
  /// A parcel with its order, which is locked, and all the order's items. Throws `noSuchParcel`.
  package func lockParcel(_ id: ParcelID, in transaction: Transaction) throws -> (
    order: Order, parcel: Parcel, items: [Order.Item]
  ) {
    let (order, parcel, _) = try lock(ParcelStore.lockOrder(of: id), id, in: transaction)
    return (order, parcel, try transaction.read(ItemStore.list(of: order.id)))
  }
}
