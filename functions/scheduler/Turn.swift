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

  /// Goods are locked before promotions and money, also by those who go backwards.
  func lockOrderAndGoods() throws -> Order {
    let order = try orders.lock(self.order, in: transaction)
    try warehouse.lockGoods(of: order.hold, in: transaction)
    return order
  }
}

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
  func soldPieces() -> [ProductID: Int] {
    Dictionary(map { ($0.product, $0.quantity) }, uniquingKeysWith: +)
  }

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
