import Core
import Events
import Orders
import Outbox
import Payments
import Postgres
import Saga

/// What orders do about what they hear of payments and of parcels.
enum OrderConsumer {
  static func make(ids: IDSource) -> EventConsumer {
    EventConsumer(
      name: "orders",
      types: ["payment.requested.v1", "payment.refunded.v1", "parcel.changed.v1"],
      rest: .milliseconds(50)
    ) { event, transaction in
      let orders = OrderBook(ids: ids, trace: event.traceParent)
      if event.type == "payment.requested.v1" {
        try retry(event, orders, in: transaction)
      } else if let order = try event.order(), try endsSomething(event) {
        let cashier = Cashier(ids: ids, trace: event.traceParent)
        try settle(order, orders, cashier, in: transaction)
      }
    }
  }

  /// Somebody tries again to pay. What the failed attempt held has to be free first: until its
  /// saga has ended this is put off.
  private static func retry(
    _ event: LoggedEvent, _ orders: OrderBook, in transaction: Transaction
  ) throws {
    guard let provider = try event.text("provider") else {
      throw HopelessEvent("a payment without a provider")
    }
    let hold = try event.text("hold_id")
    let checkout = SagaKey(definition: CheckoutSaga.name, subject: event.aggregateID)
    if try checkout.isLive(in: transaction) { throw StillBusy() }
    let order = try orders.lock(OrderID(event.aggregateID), in: transaction)
    // Who asked twice at once gets one attempt: what they had in mind is over.
    guard hold == nil || hold == order.hold.description else { return }
    let choice = PaymentChoice(
      provider: provider, method: try event.text("method"),
      savedMethod: try event.text("payment_method_id").flatMap { PaymentMethodID($0) }?.uuid,
      returnURL: try event.text("return_url"))
    try orders.retryPayment(order, with: choice, in: transaction)
  }

  private struct StillBusy: Error {}

  /// Most of what happens to parcels ends nothing.
  private static func endsSomething(_ event: LoggedEvent) throws -> Bool {
    guard event.type == "parcel.changed.v1" else { return true }
    return try event.text("status").flatMap { ParcelStatus(rawValue: $0) }?.isOver ?? false
  }

  /// An order whose money has all gone back, without having been cancelled, is refunded, as soon as
  /// none of its parcels is on its way.
  private static func settle(
    _ id: OrderID, _ orders: OrderBook, _ cashier: Cashier, in transaction: Transaction
  ) throws {
    let order = try orders.lock(id, in: transaction)
    if try cashier.standing(of: id, in: transaction) == .refunded {
      try orders.markRefunded(order, in: transaction)
    }
  }
}
