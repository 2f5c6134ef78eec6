import Core
import Inventory
import Orders
import Outbox
import Payments
import Saga

/// Goods came back: they go into the stock, if the shop says so, and the money goes back.
enum ReturnSaga {
  static let name = "return"

  static let definition = SagaDefinition(
    name,
    steps: [
      SagaStep("take_back_goods", act: takeBackGoods),
      SagaStep("refund", act: refund),
      SagaStep("settle", act: settle),
    ])

  static let cues = [
    SagaCue("return.changed.v1") { event in
      guard try event.text("status") == ReturnStatus.received.rawValue else { return [] }
      let stake = try event.money("amount")
      return [.start(definition: name, subject: event.aggregateID, stake: stake)]
    }
  ]

  @Sendable private static func takeBackGoods(_ turn: SagaTurn) throws -> SagaMove {
    let (_, found, items, _) = try turn.orders.lock(
      ReturnID(turn.saga.subject), for: .anybody, in: turn.transaction)
    guard found.restock == true else { return .done }
    try turn.warehouse.takeBack(
      items.map { Reservation.Line(variant: $0.variantId, quantity: $0.quantity) },
      reference: found.id.description, in: turn.transaction)
    return .done
  }

  /// So long the other parcels of an order paid on delivery may take.
  private static let cashTime = Duration.days(30)

  @Sendable private static func refund(_ turn: SagaTurn) throws -> SagaMove {
    let (order, found, _, parcels) = try turn.orders.lock(
      ReturnID(turn.saga.subject), for: .anybody, in: turn.transaction)
    guard let wish = wish(order, found, parcels) else { return .done }
    guard order.paidAt != nil else {
      // Somebody has to look where the cash of a parcel that came went.
      guard order.status.mayBecome(.delivered) || order.status == .delivered,
        turn.now < turn.saga.startedAt + cashTime
      else { return .refuse(reason: "the cash of the delivery was never booked") }
      return .wait(for: "the cash of the delivery", until: turn.now + .minutes(1))
    }
    try turn.cashier.refundWhatIsLeft(of: wish, in: turn.transaction)
    return .done
  }

  /// Nil for what cost nothing. In all no more goes back for a parcel than it cost.
  private static func wish(
    _ order: Order, _ found: Return, _ parcels: [Parcel]
  ) -> RefundRequest? {
    guard found.amount.amount > 0 else { return nil }
    return RefundRequest(
      .order(order.id), found.amount, parcel: found.parcelId,
      share: parcels.first { $0.id == found.parcelId }?.amount.amount,
      reason: found.reason, reference: "return:\(found.id)")
  }

  @Sendable private static func settle(_ turn: SagaTurn) throws -> SagaMove {
    let id = ReturnID(turn.saga.subject)
    let (order, found, _, parcels) = try turn.orders.lock(id, for: .anybody, in: turn.transaction)
    // Nothing was asked for where nothing was left.
    let isRefunded = try wish(order, found, parcels).map { wish in
      try turn.cashier.isRefunded(wish, of: order.id, in: turn.transaction) ?? true
    }
    guard isRefunded ?? true else {
      return .wait(for: "the money to go back", until: turn.now + .seconds(10))
    }
    try turn.orders.settle(id, in: turn.transaction)
    return .done
  }
}
