package import Core
internal import Postgres

/// What one shop sends of an order.
package struct Parcel: Sendable {
  package let id: ParcelID
  package let order: OrderID
  package let shop: ShopID
  package let status: ParcelStatus
  package let amount: Money
  package let carrier: String?
  package let tracking: String?
  package let shipper: UserID?
  package let claimedAt: Timestamp?
  package let shippedAt: Timestamp?
  package let deliveredAt: Timestamp?
  package let note: String?
  package let version: Int

  /// In the order of `ParcelStore.columns`.
  init(_ row: inout Row) throws {
    id = try row.next()
    order = try row.next()
    shop = try row.next()
    status = try row.next()
    let currency: Currency = try row.next()
    amount = Money(try row.next(), currency)
    carrier = try row.next()
    tracking = try row.next()
    shipper = try row.next()
    claimedAt = try row.next()
    shippedAt = try row.next()
    deliveredAt = try row.next()
    note = try row.next()
    version = try row.next()
  }
}
