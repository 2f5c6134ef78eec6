package import Core

/// Events about one order.
package protocol OrderEvent: DomainEvent {
  var orderId: OrderID { get }
}

extension OrderEvent {
  package static var aggregateType: String { "order" }
  package var aggregateID: UUID { orderId.uuid }
}

package struct OrderPlaced: OrderEvent {
  package static let type = "order.placed.v1"
  package let orderId: OrderID
  package let customerId: UserID
  package let number: Int
  package let total: Money

  package init(orderId: OrderID, customerId: UserID, number: Int, total: Money) {
    self.orderId = orderId
    self.customerId = customerId
    self.number = number
    self.total = total
  }
}

/// It came to a new state, of which each has a type of its own.
package struct OrderMoved<State: OrderState>: OrderEvent {
  package static var type: String { State.type }
  package let orderId: OrderID
  package let customerId: UserID
  package let number: Int
  package let total: Money
  package let reason: String?

  package init(
    orderId: OrderID, customerId: UserID, number: Int, total: Money, reason: String? = nil
  ) {
    self.orderId = orderId
    self.customerId = customerId
    self.number = number
    self.total = total
    self.reason = reason
  }
}

package protocol OrderState {
  static var type: String { get }
}

package enum OrderStates {
  /// Its stock is deducted and its parcels are made, whether it is paid already or on delivery.
  package enum Confirmed: OrderState { package static let type = "order.confirmed.v1" }
  package enum Paid: OrderState { package static let type = "order.paid.v1" }
  package enum PaymentFailed: OrderState { package static let type = "order.payment_failed.v1" }
  package enum PaymentRetried: OrderState { package static let type = "order.payment_retried.v1" }
  package enum Expired: OrderState { package static let type = "order.expired.v1" }
  package enum Cancelled: OrderState { package static let type = "order.cancelled.v1" }
  package enum Shipped: OrderState { package static let type = "order.shipped.v1" }
  package enum Delivered: OrderState { package static let type = "order.delivered.v1" }
  package enum Completed: OrderState { package static let type = "order.completed.v1" }
  package enum Refunded: OrderState { package static let type = "order.refunded.v1" }
}

/// A shop's part of an order came to a new state.
package struct ParcelChanged: OrderEvent {
  package static let type = "parcel.changed.v1"
  package let orderId: OrderID
  package let parcelId: ParcelID
  package let shopId: ShopID
  package let customerId: UserID
  package let status: String
  /// What was paid for it.
  package let amount: Money

  package init(
    orderId: OrderID, parcelId: ParcelID, shopId: ShopID, customerId: UserID, status: String,
    amount: Money
  ) {
    self.orderId = orderId
    self.parcelId = parcelId
    self.shopId = shopId
    self.customerId = customerId
    self.status = status
    self.amount = amount
  }
}

/// Goods on their way back came to a new state.
package struct ReturnChanged: DomainEvent {
  package static let type = "return.changed.v1"
  package static let aggregateType = "return"
  package var aggregateID: UUID { returnId.uuid }
  package let returnId: ReturnID
  package let orderId: OrderID
  package let shopId: ShopID
  package let customerId: UserID
  package let status: String
  /// What goes back for it.
  package let amount: Money

  package init(
    returnId: ReturnID, orderId: OrderID, shopId: ShopID, customerId: UserID, status: String,
    amount: Money
  ) {
    self.returnId = returnId
    self.orderId = orderId
    self.shopId = shopId
    self.customerId = customerId
    self.status = status
    self.amount = amount
  }
}
