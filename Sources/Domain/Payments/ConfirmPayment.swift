package import Core
internal import Postgres

extension ProviderDesk {
  /// Asks the provider now, and answers how the payment stands then. One who does not answer in
  /// time is asked by the job, at once; so it is when too many ask here already, or a question is
  /// under way. Nothing is believed of whoever wants to know. Nil where there is no such payment of
  /// theirs.
  package func confirm(
    _ id: PaymentID, for reader: PaymentReader, with tools: ProviderTools
  ) throws -> PaymentRecord? {
    guard providers.seats.take() else { return try hasten(id, for: reader, with: tools) }
    defer { providers.seats.leave() }
    let (claimed, records) = try tools.database.read(
      QueueStore.claimPayment(id, for: reader, at: tools.now, lease: Questions.briefLease),
      PaymentDirectory.query(.id(id), for: reader))
    guard let payment = claimed.first else { return records.first }
    guard try ask(payment, with: tools) else { return try hasten(id, for: reader, with: tools) }
    return try PaymentDirectory.find(.id(id), for: reader, in: tools.database)
  }

  private func hasten(
    _ id: PaymentID, for reader: PaymentReader, with tools: ProviderTools
  ) throws -> PaymentRecord? {
    try tools.database.transaction { transaction in
      PaymentStore.hurry(id, for: reader, at: tools.now, in: transaction)
      transaction.hasNews = true
      return try PaymentDirectory.find(.id(id), for: reader, in: transaction)
    }
  }
}
