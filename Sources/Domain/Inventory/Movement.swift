internal import Core
internal import Postgres

/// Something that changed a variant's stock.
package struct Movement: Sendable {
  package let kind: Kind
  package let before: StockLevel
  package let after: StockLevel
  package let reason: String?
  /// What caused it: the same cause never moves the same variant twice.
  package let reference: String

  package enum Kind: String, Sendable, CaseIterable, Encodable, Bindable, Column {
    /// When the variant was created.
    case opening
    /// The seller counted.
    case set
    /// The seller added or took away.
    case adjustment
    /// An order holds it, gives it back, let its time pass, or takes it for good.
    case reservation, release, expiry, deduction
    /// What an order had taken came back.
    case `return`
  }
}
