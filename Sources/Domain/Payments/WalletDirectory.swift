package import Core
internal import JSON
package import Postgres

/// What somebody has in one currency.
package struct WalletRecord: Encodable, Sendable {
  package let id: WalletID
  package let balance: Money
}

/// A line of the ledger as the wallet's owner reads it.
package struct WalletTransaction: Encodable, Sendable {
  package let number: Int
  package let id: String
  package let kind: String
  /// Below zero where it went out.
  package let amount: Money
  package let balanceAfter: Money
  package let reference: String
  package let paymentId: PaymentID
  package let createdAt: Timestamp
}

package enum WalletDirectory {
  /// All wallets of somebody, the one they used last first.
  package static func list(of user: UserID, in database: some Querying) throws -> [WalletRecord] {
    try database.query(
      """
      SELECT a.id, a.balance, a.currency FROM payments.accounts AS a
      WHERE a.owner_id = \(user) AND a.kind = 'wallet'
      ORDER BY a.updated_at DESC, a.currency
      """
    ) { row in
      WalletRecord(id: try row.next(), balance: Money(try row.next(), try row.next()))
    }
  }

  /// A wallet that nothing has come into yet.
  package static func empty(of user: UserID, in currency: Currency) -> WalletRecord {
    WalletRecord(id: WalletID(Account.wallet(user).id(in: currency)), balance: Money(0, currency))
  }

  /// The newest lines first, of one wallet: that of a currency, or the one used last. One more than
  /// `limit`, so that the caller sees whether there are others.
  package static func transactions(
    of user: UserID, in currency: Currency?, before number: Int?, limit: Int, offset: Int,
    in database: some Querying
  ) throws -> (transactions: [WalletTransaction], total: Int) {
    let isOfCurrency: SQL = currency.map { "AND a.currency = \($0)" } ?? ""
    let wallet: SQL = """
      (SELECT a.id FROM payments.accounts AS a
       WHERE a.owner_id = \(user) AND a.kind = 'wallet' \(isOfCurrency)
       ORDER BY a.updated_at DESC, a.currency LIMIT 1)
      """
    let isBefore: SQL = number.map { "AND e.number < \($0)" } ?? ""
    let (lines, totals) = try database.read(
      Query(
        """
        SELECT e.number, e.kind, e.currency, e.wallet_change, e.wallet_balance, e.reference,
               e.payment_id, e.created_at
        FROM payments.entries AS e
        WHERE e.wallet_id = \(wallet) \(isBefore)
        ORDER BY e.number DESC
        LIMIT \(limit + 1) OFFSET \(offset)
        """
      ) { row in try Self.line(&row) },
      Query.reachable("SELECT 1 FROM payments.entries AS e WHERE e.wallet_id = \(wallet)"))
    return (lines, totals.first ?? 0)
  }

  private static func line(_ row: inout Row) throws -> WalletTransaction {
    let number: Int = try row.next()
    let kind: String = try row.next()
    let currency: Currency = try row.next()
    return WalletTransaction(
      number: number, id: String(number), kind: kind, amount: Money(try row.next(), currency),
      balanceAfter: Money(try row.next(), currency), reference: try row.next(),
      paymentId: try row.next(), createdAt: try row.next())
  }
}
