import Catalog
import Core
import Orders
import Outbox
import Payments
import Postgres
import Saga

/// From the delivery of the last parcel to the end: the cash is taken, the customer may say what
/// they think, and after seven days it is over.
enum DeliverySaga {
  static let name = "delivery"

  static let definition = SagaDefinition(
    name,
    steps: [
      SagaStep("collect_cash", act: collectCash),
      SagaStep("open_reviews", act: openReviews),
      SagaStep("complete", act: complete),
    ])

  static let cues = [
    SagaCue("order.delivered.v1") { event in
      [.start(definition: name, subject: event.aggregateID, stake: nil)]
    }
  ]

  @Sendable private static func collectCash(_ turn: SagaTurn) throws -> SagaMove {
    let order = try turn.orders.lock(turn.order, in: turn.transaction)
    guard order.paidAt == nil, order.total.amount > 0 else { return .done }
    // What was given up at the end may not have been taken off yet.
    let parcels = try turn.transaction.read(ParcelStore.list(of: order.id))
    let lost = parcels.filter { $0.status == .cancelled }.reduce(0) { $0 + $1.amount.amount }
    try turn.cashier.collectCash(
      order.total - Money(lost, order.total.currency), for: order.id, in: turn.transaction)
    try turn.orders.markPaid(order, in: turn.transaction)
    return .done
  }

  @Sendable private static func openReviews(_ turn: SagaTurn) throws -> SagaMove {
    let (order, items) = try turn.orders.lockWhole(turn.order, in: turn.transaction)
    SalesStore.delivered(
      Set(items.map(\.product)), to: order.customer, with: order.id,
      at: order.deliveredAt ?? turn.now, in: turn.transaction)
    return .done
  }

  @Sendable private static func complete(_ turn: SagaTurn) throws -> SagaMove {
    let order = try turn.orders.lock(turn.order, in: turn.transaction)
    let due = (order.deliveredAt ?? turn.now) + OrderBook.completionTime
    guard turn.now >= due else {
      return .wait(for: "seven days to pass since the delivery", until: due)
    }
    try turn.orders.complete(order, in: turn.transaction)
    return .done
  }
}
