import Core
import Inventory
import Orders
import Payments
import Promotions
import Saga

extension CheckoutSaga {
  /// For many orders at once what their first steps would read and lock for each: orders, goods,
  /// promotions, each kind in the order of its ids. What follows, wallets and carts, goes customer
  /// by customer.
  @Sendable static func gather(_ turns: [SagaTurn]) throws -> [SagaTurn] {
    guard let any = turns.first else { return [] }
    let whole = try any.orders.lockWhole(turns.map(\.order), in: any.transaction)
    let going = turns.compactMap { turn in
      whole[turn.order].flatMap { $0.order.status.isBeingPlaced ? (turn: turn, whole: $0) : nil }
    }.sorted { $0.whole.order.customer < $1.whole.order.customer }
    guard !going.isEmpty else { return [] }
    let shelf = try any.warehouse.open(
      going.map { hold($0.whole.order, $0.whole.items) }, in: any.transaction)
    try any.campaigns.lock(
      going.reduce(into: []) { $0.formUnion(try $1.whole.order.promotionIDs()) },
      in: any.transaction)
    let known = try any.cashier.withPayment(going.map(\.turn.order), in: any.transaction)
    for (turn, whole) in going {
      turn.memory[OrderWithItems.self] = whole
      turn.memory[Shelf.self] = shelf
      turn.memory[FirstPayment.self] = known.contains(turn.order) ? nil : FirstPayment()
    }
    return going.map(\.turn)
  }
}

/// The order has had no payment so far.
struct FirstPayment {}
