package import Core

/// What Payments must know of an order.
package struct OrderToPay: Sendable {
  package let id: OrderID
  package let total: Money
  package let status: String
  package let provider: ProviderName
  package let expiresAt: Timestamp
  /// What its present attempt holds its goods by.
  package let hold: OrderID
}
