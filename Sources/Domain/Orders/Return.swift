package import Core
package import JSON
internal import Postgres

/// Goods on their way back, and the money with them.
package struct Return: Encodable, Sendable {
  package let id: ReturnID
  package let orderId: OrderID
  package let parcelId: ParcelID
  package let shopId: ShopID
  package let customerId: UserID
  package let status: ReturnStatus
  package let reason: String
  package let amount: Money
  @ExplicitNull package var restock: Bool?
  @ExplicitNull package var note: String?
  package let requestedAt: Timestamp
  @ExplicitNull package var decidedAt: Timestamp?
  @ExplicitNull package var receivedAt: Timestamp?
  @ExplicitNull package var refundedAt: Timestamp?
  package let version: Int
  package internal(set) var items: [Item] = []

  package struct Item: Encodable, Sendable {
    package let variantId: VariantID
    package let quantity: Int
    package let amount: Money
  }

  /// In the order of `ReturnStore.columns`.
  init(_ row: inout Row) throws {
    id = try row.next()
    orderId = try row.next()
    parcelId = try row.next()
    shopId = try row.next()
    customerId = try row.next()
    status = try row.next()
    reason = try row.next()
    let currency: Currency = try row.next()
    amount = Money(try row.next(), currency)
    _restock = ExplicitNull(wrappedValue: try row.next())
    _note = ExplicitNull(wrappedValue: try row.next())
    requestedAt = try row.next()
    _decidedAt = ExplicitNull(wrappedValue: try row.next())
    _receivedAt = ExplicitNull(wrappedValue: try row.next())
    _refundedAt = ExplicitNull(wrappedValue: try row.next())
    version = try row.next()
  }
}
