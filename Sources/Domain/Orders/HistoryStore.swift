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
    transaction.enqueue(
      """
      INSERT INTO orders.history (
        order_id, parcel_id, return_id, status, words, actor_id, created_at
      ) VALUES (
        \(entry.order), \(entry.parcel), \(entry.return), \(entry.status),
        left(\(entry.words), 1000), \(entry.actor), \(now)
      )
      """)
  }
}
