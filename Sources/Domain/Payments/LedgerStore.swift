internal import Core
internal import Postgres

enum LedgerStore {
  /// Books the line, in accounts that are opened where they are missing. It travels with the next
  /// statement or the COMMIT. The accounts go in the order of their ids, as others open them.
  static func book(_ entry: Entry, at now: Timestamp, in transaction: Transaction) {
    let currency = entry.amount.currency
    let accounts = [entry.from, entry.to].sorted { $0.id(in: currency) < $1.id(in: currency) }
    transaction.enqueue(
      """
      INSERT INTO payments.accounts
        (id, kind, owner_id, provider, currency, created_at, updated_at)
      SELECT a.id, a.kind, a.owner_id, a.provider, \(currency), \(now), \(now)
      FROM (VALUES \(row(accounts[0], currency)), \(row(accounts[1], currency)))
        AS a (id, kind, owner_id, provider)
      WHERE NOT EXISTS (SELECT FROM payments.accounts AS o WHERE o.id = a.id)
      ON CONFLICT (id) DO NOTHING
      """)
    transaction.enqueue(
      """
      INSERT INTO payments.entries
        (from_account, to_account, currency, amount, kind, reference, payment_id, refund_id,
         created_at)
      VALUES
        (\(entry.from.id(in: currency)), \(entry.to.id(in: currency)), \(currency),
         \(entry.amount.amount), \(entry.kind.rawValue), \(entry.reference), \(entry.payment),
         \(entry.refund), \(now))
      """)
  }

  private static func row(_ account: Account, _ currency: Currency) -> SQL {
    """
    (\(account.id(in: currency)), \(account.kind)::text, \(account.owner)::uuid,
     \(account.provider)::text)
    """
  }

  /// What is in somebody's wallet, which nobody else can spend until the transaction ends. No row
  /// for one that was never filled.
  static func lockWallet(of user: UserID, in currency: Currency) -> Query<Int> {
    Query(
      """
      SELECT a.balance FROM payments.accounts AS a
      WHERE a.id = \(Account.wallet(user).id(in: currency))
      FOR NO KEY UPDATE
      """
    ) { row in try row.next() }
  }
}
