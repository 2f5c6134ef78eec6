package import Core
internal import Events
package import JSON
package import Postgres

/// An order as it is about to be placed: everything is computed, nothing is taken from the client.
package struct OrderDraft: Sendable {
  package let id: OrderID
  package let number: Int
  package let customer: UserID
  package let lines: [Line]
  package let subtotal: Money
  package let discount: Money
  package let shipping: Money
  package let address: String
  package let payment: PaymentChoice
  package let promotions: [AppliedPromotion]
  package let isFromCart: Bool

  package struct Line: Sendable {
    package let goods: DraftLine.Goods
    package let quantity: Int
    package let discount: Int

    package init(goods: DraftLine.Goods, quantity: Int, discount: Int) {
      self.goods = goods
      self.quantity = quantity
      self.discount = discount
    }
  }

  package init(
    id: OrderID, number: Int, customer: UserID, lines: [Line], subtotal: Money, discount: Money,
    shipping: Money, address: String, payment: PaymentChoice, promotions: [AppliedPromotion],
    isFromCart: Bool
  ) {
    self.id = id
    self.number = number
    self.customer = customer
    self.lines = lines
    self.subtotal = subtotal
    self.discount = discount
    self.shipping = shipping
    self.address = address
    self.payment = payment
    self.promotions = promotions
    self.isFromCart = isFromCart
  }
}

/// A promotion the order used, as it is kept with it.
package struct AppliedPromotion: Encodable, Sendable {
  package let id: String
  @ExplicitNull package var code: String?
  package let name: String
  package let amount: Money

  package init(id: String, code: String?, name: String, amount: Money) {
    self.id = id
    _code = ExplicitNull(wrappedValue: code)
    self.name = name
    self.amount = amount
  }
}

extension OrderBook {
  /// Writes the order and tells of it. Everything travels with the COMMIT. Returns it as it will
  /// be read.
  package func place(_ draft: OrderDraft, in transaction: Transaction) throws -> OrderView {
    let promotions = String(decoding: try JSONOutput.encode(draft.promotions), as: UTF8.self)
    let order = Order(draft, promotions: promotions, at: now)
    transaction.late(NewOrder(order: order))
    let items = draft.lines.map(Order.Item.init)
    for (place, item) in items.enumerated() {
      transaction.late(NewItem(order: order.id, place: place + 1, item: item))
    }
    HistoryStore.append(
      .init(
        order: order.id, status: order.status.rawValue, words: "The order was placed.",
        actor: order.customer),
      at: now, in: transaction)
    try tell(
      OrderPlaced(
        orderId: order.id, customerId: order.customer, number: order.number, total: order.total),
      in: transaction)
    return OrderView(order: order, items: items, parcels: [], payment: nil)
  }
}

extension Order {
  fileprivate init(_ draft: OrderDraft, promotions: String, at now: Timestamp) {
    id = draft.id
    number = draft.number
    customer = draft.customer
    hold = draft.id
    status = .pending
    subtotal = draft.subtotal
    discount = draft.discount
    shipping = draft.shipping
    address = RawJSON(draft.address)
    payment = draft.payment
    self.promotions = RawJSON(promotions)
    isFromCart = draft.isFromCart
    version = 1
    placedAt = now
    expiresAt = now + OrderBook.paymentTime
    (confirmedAt, paidAt, deliveredAt, cancelledAt, cancelReason) = (nil, nil, nil, nil, nil)
  }
}

extension Order.Item {
  fileprivate init(_ line: OrderDraft.Line) {
    variant = line.goods.variant
    product = line.goods.product
    shop = line.goods.shop
    name = line.goods.name
    sku = line.goods.sku
    options = RawJSON(line.goods.options)
    image = line.goods.image
    quantity = line.quantity
    unitPrice = line.goods.price
    discount = Money(line.discount, line.goods.price.currency)
    returned = 0
  }
}
