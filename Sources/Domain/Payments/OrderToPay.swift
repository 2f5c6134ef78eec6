package import Core

/// What Payments must know of an order.
package struct OrderToPay: Sendable {
  package let id: OrderID
  package let total: Money
  package let status: String
  package let provider: ProviderName
  package let expiresAt: Timestamp
}
