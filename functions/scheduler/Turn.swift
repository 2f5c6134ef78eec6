import Cart
import Core
import Inventory
import JSON
import Orders
import Outbox
import Payments
import Promotions
import Saga

extension SagaTurn {
  var order: OrderID { OrderID(saga.subject) }

  var orders: OrderBook { OrderBook(ids: ids, trace: saga.trace) }
  var warehouse: Warehouse { Warehouse(ids: ids, trace: saga.trace) }
  var campaigns: Campaigns { Campaigns(ids: ids) }
  var carts: Carts { Carts(ids: ids) }
  var cashier: Cashier { Cashier(ids: ids, trace: saga.trace) }

  /// The order with its items, locked since the first step of this transaction asked.
  func lockOrder() throws -> OrderWithItems {
    if let known = memory[OrderWithItems.self] { return known }
    let found = try orders.lockWhole(self.order, in: transaction)
    memory[OrderWithItems.self] = found
    return found
  }

  /// To be said once the order was changed.
  func forgetOrder() { memory[OrderWithItems.self] = nil }

  /// Goods are locked before promotions and money, also by those who go backwards.
  func lockOrderAndGoods() throws -> Order {
    let order = try lockOrder().order
    try warehouse.lockGoods(of: order.hold, in: transaction)
    return order
  }

  /// How the order's payment stands. Once this transaction has opened it, nobody else changes it.
  func paymentStanding() throws -> PaymentStanding? {
    try memory[PaymentStanding.self] ?? cashier.standing(of: order, in: transaction)
  }
}

typealias OrderWithItems = (order: Order, items: [Order.Item])

/// What payments tell of orders.
enum PaymentCue {
  static let all = [
    "payment.authorized.v1", "payment.captured.v1", "payment.failed.v1", "payment.cancelled.v1",
    "payment.refunded.v1", "refund.failed.v1",
  ]
}

extension Order {
  func promotionIDs() throws -> Set<PromotionID> {
    Set(try applied().compactMap { $0["id"]?.string.flatMap { PromotionID($0) } })
  }

  func promotionCodes() throws -> [String] {
    try applied().compactMap { $0["code"]?.string }
  }

  private func applied() throws -> [JSONValue] {
    try JSONValue.parse(Array(promotions.text.utf8)).array ?? []
  }
}

extension [Order.Item] {
  func lines(of shop: ShopID) -> [Reservation.Line] {
    filter { $0.shop == shop }
      .map { Reservation.Line(variant: $0.variant, quantity: $0.quantity) }
  }
}

extension LoggedEvent {
  /// Throws `HopelessEvent` for a payload that is no JSON.
  func body() throws -> JSONValue {
    do { return try JSONValue.parse(payload) } catch { throw HopelessEvent("\(error)") }
  }

  func text(_ name: String) throws -> String? { try body()[name]?.string }

  func order() throws -> OrderID? { try text("order_id").flatMap { OrderID($0) } }

  func money(_ name: String) throws -> Money? {
    guard let money = try body()[name], let amount = money["amount"]?.integer,
      let currency = money["currency"]?.string.flatMap({ Currency(rawValue: $0) })
    else { return nil }
    return Money(Int(amount), currency)
  }
}
