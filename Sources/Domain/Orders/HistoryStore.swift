package import Core
internal import Postgres

package enum HistoryStore {
  /// Something that happened, in words for people.
  package struct Entry: Sendable {
    package let order: OrderID
    package let parcel: ParcelID?
    package let `return`: ReturnID?
    package let status: String
    package let words: String
    package let actor: UserID?

    package init(
      order: OrderID, parcel: ParcelID? = nil, return: ReturnID? = nil, status: String,
      words: String, actor: UserID? = nil
    ) {
      self.order = order
      self.parcel = parcel
      self.return = `return`
      self.status = status
      self.words = words
      self.actor = actor
    }
  }

  static func append(_ entry: Entry, at now: Timestamp, in transaction: Transaction) {
    transaction.late(WrittenEntry(entry: entry, at: now))
  }
}

private struct WrittenEntry: LateRow {
  let entry: HistoryStore.Entry
  let at: Timestamp

  static func statements(_ rows: [WrittenEntry]) -> [SQL] {
    let entries = rows.map(\.entry)
    return [
      """
      INSERT INTO orders.history (
        order_id, parcel_id, return_id, status, words, actor_id, created_at)
      SELECT n.order_id, n.parcel_id, n.return_id, n.status, left(n.words, 1000), n.actor_id,
             n.created_at
      FROM unnest(
        \(entries.map(\.order)), \(entries.map(\.parcel)), \(entries.map(\.return)),
        \(entries.map(\.status))::text[], \(entries.map(\.words))::text[], \(entries.map(\.actor)),
        \(rows.map(\.at))
      ) WITH ORDINALITY AS n (
        order_id, parcel_id, return_id, status, words, actor_id, created_at, place)
      ORDER BY n.place
      """
    ]
  }
}
