import Core
import Inventory
import Orders
import Outbox
import Payments
import Saga

/// A shop gave its part of an order up: its goods and its money go back.
enum ParcelSaga {
  static let name = "parcel"

  static let definition = SagaDefinition(
    name,
    steps: [
      SagaStep("take_back_goods", act: takeBackGoods),
      SagaStep("refund", act: refund),
      SagaStep("settle", act: settle),
    ])

  static let cues = [
    SagaCue("parcel.changed.v1") { event in
      guard try event.text("status") == ParcelStatus.cancelled.rawValue,
        let parcel = try event.text("parcel_id").flatMap({ ParcelID($0) })
      else { return [] }
      return [.start(definition: name, subject: parcel.uuid, stake: try event.money("amount"))]
    }
  ]

  @Sendable private static func takeBackGoods(_ turn: SagaTurn) throws -> SagaMove {
    let (_, parcel, items) = try turn.orders.lockParcel(
      ParcelID(turn.saga.subject), in: turn.transaction)
    try turn.warehouse.takeBack(
      items.lines(of: parcel.shop), reference: parcel.id.description, in: turn.transaction)
    return .done
  }

  /// Where the whole order died, its checkout gives all the money back. What is to be paid on
  /// delivery is simply not asked for: the cash of a parcel comes when it is delivered.
  @Sendable private static func refund(_ turn: SagaTurn) throws -> SagaMove {
    let (order, parcel, _) = try turn.orders.lockParcel(
      ParcelID(turn.saga.subject), in: turn.transaction)
    guard order.status != .cancelled, parcel.amount.amount > 0 else { return .done }
    guard order.payment.provider != ProviderName.cod.rawValue else {
      try turn.cashier.askLess(for: order.id, by: parcel.amount, in: turn.transaction)
      return .done
    }
    try turn.cashier.refundWhatIsLeft(of: wish(order, parcel), in: turn.transaction)
    return .done
  }

  private static func wish(_ order: Order, _ parcel: Parcel) -> RefundRequest {
    RefundRequest(
      .order(order.id), parcel.amount, parcel: parcel.id, share: parcel.amount.amount,
      reason: parcel.note ?? "The shop could not send it.", reference: "parcel:\(parcel.id)")
  }

  /// Asked for again where it was refused.
  @Sendable private static func settle(_ turn: SagaTurn) throws -> SagaMove {
    let (order, parcel, _) = try turn.orders.lockParcel(
      ParcelID(turn.saga.subject), in: turn.transaction)
    // Nothing was asked for where nothing had been paid.
    guard order.status != .cancelled,
      let isOver = try turn.cashier.isRefunded(
        wish(order, parcel), of: order.id, in: turn.transaction)
    else { return .done }
    return isOver ? .done : .wait(for: "the money to go back", until: turn.now + .seconds(10))
  }
}
