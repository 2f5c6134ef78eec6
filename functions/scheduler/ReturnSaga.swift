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
      return [.start(definition: name, subject: event.aggregateID, stake: nil)]
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

  @Sendable private static func refund(_ turn: SagaTurn) throws -> SagaMove {
    let (order, found, _, _) = try turn.orders.lock(
      ReturnID(turn.saga.subject), for: .anybody, in: turn.transaction)
    guard found.amount.amount > 0 else { return .done }
    guard order.paidAt != nil else {
      return .wait(for: "the cash of the delivery", until: turn.now + .minutes(1))
    }
    try turn.cashier.refund(wish(order, found), in: turn.transaction)
    return .done
  }

  private static func wish(_ order: Order, _ found: Return) -> RefundRequest {
    RefundRequest(
      .order(order.id), found.amount, parcel: found.parcelId, reason: found.reason,
      reference: "return:\(found.id)")
  }

  @Sendable private static func settle(_ turn: SagaTurn) throws -> SagaMove {
    let id = ReturnID(turn.saga.subject)
    let (order, found, _, _) = try turn.orders.lock(id, for: .anybody, in: turn.transaction)
    let isFree = found.amount.amount == 0
    guard
      try isFree
        || turn.cashier.isRefunded(wish(order, found), of: order.id, in: turn.transaction) == true
    else {
      return .wait(for: "the money to go back", until: turn.now + .seconds(10))
    }
    try turn.orders.settle(id, in: turn.transaction)
    return .done
  }
}
