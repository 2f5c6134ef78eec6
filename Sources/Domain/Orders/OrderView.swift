package import Core
package import JSON
internal import Postgres

/// An order as its customer, its shops and administrators read it.
package struct OrderView: Encodable, Sendable {
  package let order: Order
  package let items: [Order.Item]
  package let parcels: [Parcel]
  package let payment: PaymentView?

  package init(order: Order, items: [Order.Item], parcels: [Parcel], payment: PaymentView?) {
    self.order = order
    self.items = items
    self.parcels = parcels
    self.payment = payment
  }

  private enum CodingKeys: String, CodingKey {
    case id, number, customerId, status, items, parcels, promotions, subtotal, discount, shipping
    case total, address, payment, placedAt, expiresAt, paidAt, deliveredAt, cancelledAt
    case cancelReason
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(order.id, forKey: .id)
    try container.encode(order.number, forKey: .number)
    try container.encode(order.customer, forKey: .customerId)
    try container.encode(order.status, forKey: .status)
    try container.encode(items, forKey: .items)
    try container.encode(parcels, forKey: .parcels)
    try container.encode(order.promotions, forKey: .promotions)
    try container.encode(order.subtotal, forKey: .subtotal)
    try container.encode(order.discount, forKey: .discount)
    try container.encode(order.shipping, forKey: .shipping)
    try container.encode(order.total, forKey: .total)
    try container.encode(order.address, forKey: .address)
    try container.encode(payment ?? PaymentView(choiceOf: order), forKey: .payment)
    try container.encode(order.placedAt, forKey: .placedAt)
    // Once confirmed, it does not expire any more.
    try container.encode(
      order.confirmedAt == nil ? order.expiresAt : nil, forKey: .expiresAt)
    try container.encode(order.paidAt, forKey: .paidAt)
    try container.encode(order.deliveredAt, forKey: .deliveredAt)
    try container.encode(order.cancelledAt, forKey: .cancelledAt)
    try container.encode(order.cancelReason, forKey: .cancelReason)
  }
}

/// The newest payment of an order.
package struct PaymentView: Encodable, Sendable {
  @ExplicitNull package var id: PaymentID?
  package let provider: String
  @ExplicitNull package var method: String?
  package let status: String
  package let amount: Money
  @ExplicitNull package var redirectUrl: String?
  @ExplicitNull package var clientSecret: String?
  @ExplicitNull package var qrCodeUrl: String?
  @ExplicitNull package var expiresAt: Timestamp?

  /// In the order of `OrderDirectory.payments`.
  init(_ row: inout Row) throws {
    _id = ExplicitNull(wrappedValue: try row.next())
    provider = try row.next()
    _method = ExplicitNull(wrappedValue: try row.next())
    status = try row.next()
    amount = Money(try row.next(), try row.next())
    _redirectUrl = ExplicitNull(wrappedValue: try row.next())
    _clientSecret = ExplicitNull(wrappedValue: try row.next())
    _qrCodeUrl = ExplicitNull(wrappedValue: try row.next())
    _expiresAt = ExplicitNull(wrappedValue: try row.next())
  }

  /// Before there is one: what the customer chose.
  init(choiceOf order: Order) {
    _id = ExplicitNull(wrappedValue: nil)
    provider = order.payment.provider
    _method = ExplicitNull(wrappedValue: order.payment.method)
    status = "pending"
    amount = order.total
    _redirectUrl = ExplicitNull(wrappedValue: nil)
    _clientSecret = ExplicitNull(wrappedValue: nil)
    _qrCodeUrl = ExplicitNull(wrappedValue: nil)
    _expiresAt = ExplicitNull(wrappedValue: order.expiresAt)
  }
}

extension Order.Item: Encodable {
  private enum CodingKeys: String, CodingKey {
    case variantId, productId, shopId, name, sku, options, image, quantity, unitPrice, lineTotal
    case discount, returned
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(variant, forKey: .variantId)
    try container.encode(product, forKey: .productId)
    try container.encode(shop, forKey: .shopId)
    try container.encode(name, forKey: .name)
    try container.encode(sku, forKey: .sku)
    try container.encode(options, forKey: .options)
    try container.encode(image, forKey: .image)
    try container.encode(quantity, forKey: .quantity)
    try container.encode(unitPrice, forKey: .unitPrice)
    try container.encode(lineTotal, forKey: .lineTotal)
    try container.encode(discount, forKey: .discount)
    try container.encode(returned, forKey: .returned)
  }
}

extension Parcel: Encodable {
  package enum CodingKeys: String, CodingKey {
    case id, orderId, shopId, status, amount, carrier, tracking, shipper, claimedAt, shippedAt
    case deliveredAt, note, version
    /// What a shop and a shipper see besides.
    case orderNumber, orderStatus, shopName, address, placedAt, items, cash
  }

  private struct Shipper: Encodable {
    let id: UserID
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try write(to: &container)
  }

  func write(to container: inout KeyedEncodingContainer<CodingKeys>) throws {
    try container.encode(id, forKey: .id)
    try container.encode(order, forKey: .orderId)
    try container.encode(shop, forKey: .shopId)
    try container.encode(status, forKey: .status)
    try container.encode(amount, forKey: .amount)
    try container.encode(carrier, forKey: .carrier)
    try container.encode(tracking, forKey: .tracking)
    try container.encode(shipper.map(Shipper.init), forKey: .shipper)
    try container.encode(claimedAt, forKey: .claimedAt)
    try container.encode(shippedAt, forKey: .shippedAt)
    try container.encode(deliveredAt, forKey: .deliveredAt)
    try container.encode(note, forKey: .note)
    try container.encode(version, forKey: .version)
  }
}
