import Cart
import Core
import Inventory
import JSON
import Orders
import Outbox
import Payments
import Postgres
import Promotions
import Saga

/// From a placed order to a confirmed one: everything it needs is taken step by step, and given
/// back in reverse when one cannot be had, when the customer does not pay, and when they cancel,
/// even after all of it was done.
enum CheckoutSaga {
  static let name = "checkout"

  static let definition = SagaDefinition(
    name,
    steps: [
      SagaStep("hold_stock", act: holdStock, undo: releaseStock),
      SagaStep("take_promotions", act: takePromotions, undo: giveBackPromotions),
      SagaStep("request_payment", act: requestPayment, undo: abandonPayment),
      SagaStep("await_payment", act: awaitPayment),
      SagaStep("confirm", act: confirm, undo: takeBackGoods),
    ],
    gather: gather, whenRefused: end)

  static let cues =
    [
      SagaCue("order.placed.v1") { event in
        [.start(definition: name, subject: event.aggregateID, stake: try event.money("total"))]
      },
      SagaCue("order.payment_retried.v1") { event in
        [.start(definition: name, subject: event.aggregateID, stake: try event.money("total"))]
      },
      SagaCue("order.cancelled.v1") { event in
        [.turnBack(definition: name, subject: event.aggregateID, reason: "cancelled")]
      },
    ]
    + PaymentCue.all.map { type in
      SagaCue(type) { event in
        // Top-ups have no order.
        try event.order().map { [.wake(definition: name, subject: $0.uuid)] } ?? []
      }
    }

  /// It outlives the order a little, so that whoever pays at the last moment finds the goods.
  static func hold(_ order: Order, _ items: [Order.Item]) -> HoldRequest {
    HoldRequest(
      order: order.hold,
      lines: items.map { Reservation.Line(variant: $0.variant, quantity: $0.quantity) },
      expiry: holdEnd(order))
  }

  private static func holdEnd(_ order: Order) -> Timestamp { order.expiresAt + .minutes(5) }

  @Sendable private static func holdStock(_ turn: SagaTurn) throws -> SagaMove {
    let (order, items) = try turn.lockOrder()
    guard order.status.isBeingPlaced else { return .refuse(reason: order.status.rawValue) }
    turn.memory[Hold.self] = try turn.warehouse.reserve(
      hold(order, items), on: turn.memory[Shelf.self], in: turn.transaction)
    return .done
  }

  @Sendable private static func releaseStock(_ turn: SagaTurn) throws -> SagaMove {
    let order = try turn.lockOrder().order
    // What was confirmed has left the stock, and was put back by the step that took it.
    if order.confirmedAt == nil { try turn.warehouse.release(order.hold, in: turn.transaction) }
    return .done
  }

  @Sendable private static func takePromotions(_ turn: SagaTurn) throws -> SagaMove {
    let order = try turn.lockOrder().order
    let promotions = try order.promotionIDs()
    guard !promotions.isEmpty else { return .done }
    try turn.campaigns.take(
      promotions, for: order.hold, of: order.customer, in: turn.transaction)
    return .done
  }

  @Sendable private static func giveBackPromotions(_ turn: SagaTurn) throws -> SagaMove {
    let order = try turn.lockOrderAndGoods()
    try turn.campaigns.giveBack(order.hold, in: turn.transaction)
    return .done
  }

  @Sendable private static func requestPayment(_ turn: SagaTurn) throws -> SagaMove {
    let order = try turn.lockOrder().order
    guard order.status.isBeingPlaced else { return .refuse(reason: order.status.rawValue) }
    guard order.total.amount > 0 else { return .done }
    let standing = try turn.cashier.request(
      PaymentRequest(
        order: order.id, customer: order.customer, amount: order.total,
        provider: order.payment.provider, method: order.payment.method,
        savedMethod: order.payment.savedMethod, returnURL: order.payment.returnURL,
        expiresAt: order.expiresAt),
      isFirst: turn.memory[FirstPayment.self] != nil, in: turn.transaction)
    if case .failed(let reason) = standing { return .refuse(reason: Refusal.payment(reason)) }
    turn.memory[PaymentStanding.self] = standing
    if case .pending = standing {
      try turn.orders.awaitPayment(order, in: turn.transaction)
      turn.forgetOrder()
    }
    return .done
  }

  /// The money goes back, all of what is left of it. Asked again until it has.
  @Sendable private static func abandonPayment(_ turn: SagaTurn) throws -> SagaMove {
    let order = try turn.lockOrderAndGoods()
    let isOver = try turn.cashier.abandon(
      order.id, reason: order.cancelReason ?? "The order is over.", in: turn.transaction)
    return isOver
      ? .done : .wait(for: "the money to go back", until: turn.now + .seconds(30))
  }

  @Sendable private static func awaitPayment(_ turn: SagaTurn) throws -> SagaMove {
    let order = try turn.lockOrder().order
    guard order.status.isBeingPlaced else { return .refuse(reason: order.status.rawValue) }
    guard order.total.amount > 0 else { return .done }
    switch try turn.paymentStanding() {
    case .authorized, .captured: return .done
    case .failed(let reason): return .refuse(reason: Refusal.payment(reason))
    case .cancelled, .refunded, nil: return .refuse(reason: Refusal.payment("withdrawn"))
    case .pending:
      guard turn.now >= order.expiresAt else {
        return .wait(for: "the payment", until: order.expiresAt)
      }
      return try awaitLastWord(turn, order)
    }
  }

  /// Its time is over. Whether it was paid before that is for its provider to say, as long as the
  /// goods are held; who has said nothing until then is not waited for.
  private static func awaitLastWord(_ turn: SagaTurn, _ order: Order) throws -> SagaMove {
    let (late, end) = (turn.now - order.expiresAt, holdEnd(order))
    guard turn.now < end,
      try turn.cashier.awaitsLastWord(
        on: order.id, since: order.expiresAt, in: turn.transaction)
    else { return .refuse(reason: Refusal.expired) }
    return .wait(
      for: "the provider's last word", until: min(end, turn.now + max(late, .seconds(5))))
  }

  @Sendable private static func confirm(_ turn: SagaTurn) throws -> SagaMove {
    let (order, items) = try turn.lockOrder()
    guard order.status.isBeingPlaced else { return .refuse(reason: order.status.rawValue) }
    let standing = try turn.paymentStanding()
    if let hold = turn.memory[Hold.self] {
      try turn.warehouse.commit(hold, in: turn.transaction)
    } else {
      try turn.warehouse.commit(order.hold, in: turn.transaction)
    }
    try turn.orders.confirm(
      order, items, isPaid: order.total.amount == 0 || standing == .captured,
      in: turn.transaction)
    turn.forgetOrder()
    if order.isFromCart {
      turn.carts.takeOut(
        items.map { Carts.Bought(variant: $0.variant, quantity: $0.quantity) },
        codes: try order.promotionCodes(), of: order.customer, in: turn.transaction)
    }
    return .done
  }

  /// Cancelled after it was paid: what no shop had put back yet goes back into the stock. What an
  /// operator calls back may be under way, or with the customer.
  @Sendable private static func takeBackGoods(_ turn: SagaTurn) throws -> SagaMove {
    let (order, items) = try turn.lockOrder()
    let parcels = try turn.transaction.read(ParcelStore.list(of: order.id))
    for parcel in parcels where !parcel.status.isOutOfTheHouse {
      try turn.warehouse.takeBack(
        items.lines(of: parcel.shop), reference: parcel.id.description, in: turn.transaction)
    }
    return .done
  }

  /// Why it ends decides how.
  @Sendable private static func end(_ turn: SagaTurn, _ reason: String) throws {
    let order = try turn.lockOrderAndGoods()
    let (end, words) = Refusal.meaning(of: reason)
    try turn.orders.end(order, as: end, reason: words, in: turn.transaction)
    turn.forgetOrder()
  }
}

/// Why a checkout turns round, as far as it decides what becomes of the order. Whatever else
/// refuses, such as goods that are gone, cancels it.
private enum Refusal {
  static let expired = "It was not paid in time."
  private static let paymentFailed = "The payment failed: "

  static func payment(_ reason: String) -> String { paymentFailed + reason }

  static func meaning(of reason: String) -> (end: OrderBook.End, words: String) {
    if reason == expired { return (.expired, reason) }
    guard reason.hasPrefix(paymentFailed) else { return (.cancelled, reason) }
    return (.paymentFailed, String(reason.dropFirst(paymentFailed.count)))
  }
}
