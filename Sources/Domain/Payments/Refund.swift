package import Core
internal import Postgres

/// Money on its way back.
package struct Refund: Sendable, Equatable {
  package let id: RefundID
  package let payment: PaymentID
  package let parcel: ParcelID?
  package let amount: Money
  package let reason: String
  package let reference: String
  package let status: Status
  package let asked: Int
  package let fence: Int
  package var providerReference: String?

  package enum Status: String, Sendable, CaseIterable, Encodable, Bindable, Column {
    case pending, succeeded, failed
  }
}

extension Refund {
  /// In the order of `RefundStore.columns`.
  init(_ row: inout Row) throws {
    id = try row.next()
    payment = try row.next()
    parcel = try row.next()
    let currency: Currency = try row.next()
    amount = Money(try row.next(), currency)
    reason = try row.next()
    reference = try row.next()
    status = try row.next()
    asked = try row.next()
    fence = try row.next()
    providerReference = try row.next()
  }
}
