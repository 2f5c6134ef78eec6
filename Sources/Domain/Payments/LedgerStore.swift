internal import Core
internal import Postgres

enum LedgerStore {
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

/// A line of the ledger, in accounts that are opened where they are missing.
struct BookedEntry: LateRow {
  let entry: Entry
  let at: Timestamp

  static func statements(_ rows: [BookedEntry]) -> [SQL] { [open(rows), book(rows)] }

  private var currency: Currency { entry.amount.currency }

  /// In the order of their ids, as others open them.
  private static func open(_ rows: [BookedEntry]) -> SQL {
    let accounts = Dictionary(
      rows.flatMap { row in
        [row.entry.from, row.entry.to].map { ($0.id(in: row.currency), (row, $0)) }
      }, uniquingKeysWith: { first, _ in first }
    ).sorted { $0.key < $1.key }
    let kinds = accounts.map(\.value.1)
    return """
      INSERT INTO payments.accounts
        (id, kind, owner_id, provider, currency, created_at, updated_at)
      SELECT a.id, a.kind, a.owner_id, a.provider, a.currency, a.at, a.at
      FROM unnest(
        \(accounts.map(\.key)), \(kinds.map(\.kind))::text[], \(kinds.map(\.owner)),
        \(kinds.map { $0.provider?.rawValue })::text[],
        \(accounts.map(\.value.0.currency.rawValue))::text[], \(accounts.map(\.value.0.at))
      ) AS a (id, kind, owner_id, provider, currency, at)
      WHERE NOT EXISTS (SELECT FROM payments.accounts AS o WHERE o.id = a.id)
      ON CONFLICT (id) DO NOTHING
      """
  }

  private static func book(_ rows: [BookedEntry]) -> SQL {
    let entries = rows.map(\.entry)
    return """
      INSERT INTO payments.entries
        (from_account, to_account, currency, amount, kind, reference, payment_id, refund_id,
         created_at)
      SELECT e.from_account, e.to_account, e.currency, e.amount, e.kind, e.reference, e.payment_id,
             e.refund_id, e.at
      FROM unnest(
        \(rows.map { $0.entry.from.id(in: $0.currency) }),
        \(rows.map { $0.entry.to.id(in: $0.currency) }), \(rows.map(\.currency.rawValue))::text[],
        \(entries.map(\.amount.amount)), \(entries.map(\.kind.rawValue))::text[],
        \(entries.map(\.reference))::text[], \(entries.map(\.payment)), \(entries.map(\.refund)),
        \(rows.map(\.at))
      ) WITH ORDINALITY AS e (
        from_account, to_account, currency, amount, kind, reference, payment_id, refund_id, at,
        place)
      ORDER BY e.place
      """
  }
}
