package import Core
package import JSON
internal import Postgres

/// What somebody bought, and what is to become of it.
package struct Order: Sendable {
  package let id: OrderID
  package let number: Int
  package let customer: UserID
  /// What the stock and the promotions know this attempt by.
  package let hold: OrderID
  package let status: OrderStatus
  package let subtotal: Money
  package let discount: Money
  package let shipping: Money
  package var total: Money { subtotal - discount + shipping }
  /// As it was when the order was placed.
  package let address: RawJSON
  package let payment: PaymentChoice
  package let promotions: RawJSON
  package let isFromCart: Bool
  package let version: Int
  package let placedAt: Timestamp
  package let expiresAt: Timestamp
  package let confirmedAt: Timestamp?
  package let paidAt: Timestamp?
  package let deliveredAt: Timestamp?
  package let cancelledAt: Timestamp?
  package let cancelReason: String?

  package struct Item: Sendable {
    package let variant: VariantID
    package let product: ProductID
    package let shop: ShopID
    package let name: String
    package let sku: String?
    package let options: RawJSON
    package let image: String?
    package let quantity: Int
    package let unitPrice: Money
    package let discount: Money
    package let returned: Int
    package var lineTotal: Money { Money(unitPrice.amount * quantity, unitPrice.currency) }

    /// What the next `count` pieces that come back cost after the discount, where so much was
    /// promised for those before them. Rounded so that the parts of a line always sum to the line.
    package func price(ofNext count: Int, given: Int) -> Int {
      let net = lineTotal.amount - discount.amount
      return max(0, Int(Int128(net) * Int128(returned + count) / Int128(quantity)) - given)
    }
  }
}

/// How an order is to be paid.
package struct PaymentChoice: Sendable, Equatable {
  package let provider: String
  package let method: String?
  /// A saved method of the customer's.
  package let savedMethod: UUID?
  /// Where the customer comes back to from the provider's page.
  package let returnURL: String?

  package init(
    provider: String, method: String?, savedMethod: UUID?, returnURL: String? = nil
  ) {
    self.provider = provider
    self.method = method
    self.savedMethod = savedMethod
    self.returnURL = returnURL
  }
}

extension Order {
  /// In the order of `OrderStore.columns`.
  init(_ row: inout Row) throws {
    id = try row.next()
    number = try row.next()
    customer = try row.next()
    hold = try row.next()
    status = try row.next()
    let currency: Currency = try row.next()
    subtotal = Money(try row.next(), currency)
    discount = Money(try row.next(), currency)
    shipping = Money(try row.next(), currency)
    address = RawJSON(try row.next())
    payment = PaymentChoice(
      provider: try row.next(), method: try row.next(), savedMethod: try row.next(),
      returnURL: try row.next())
    promotions = RawJSON(try row.next())
    isFromCart = try row.next()
    version = try row.next()
    placedAt = try row.next()
    expiresAt = try row.next()
    confirmedAt = try row.next()
    paidAt = try row.next()
    deliveredAt = try row.next()
    cancelledAt = try row.next()
    cancelReason = try row.next()
  }
}

extension Order.Item {
  /// In the order of `ItemStore.columns`.
  init(_ row: inout Row) throws {
    variant = try row.next()
    product = try row.next()
    shop = try row.next()
    name = try row.next()
    sku = try row.next()
    options = RawJSON(try row.next())
    image = try row.next()
    quantity = try row.next()
    let currency: Currency = try row.next()
    unitPrice = Money(try row.next(), currency)
    discount = Money(try row.next(), currency)
    returned = try row.next()
  }
}
