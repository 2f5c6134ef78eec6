package import Core
package import Postgres

extension Cashier {
  /// Has the provider asked now rather than at the next turn. Nothing is believed of whoever asks.
  /// Nil where there is no such payment of theirs.
  package func confirm(
    _ id: PaymentID, for reader: PaymentReader, in transaction: Transaction
  ) throws -> PaymentRecord? {
    PaymentStore.hurry(id, for: reader, at: now, in: transaction)
    transaction.hasNews = true
    return try PaymentDirectory.find(.id(id), for: reader, in: transaction)
  }
}
