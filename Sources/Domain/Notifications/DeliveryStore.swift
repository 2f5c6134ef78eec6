internal import Core
internal import JSON
internal import Outbox
internal import Postgres

/// A mail or a short message to be sent, as whoever sends it has taken it.
struct Delivery: Sendable {
  let id: UUID
  let number: Int
  let address: String
  let template: Template
  let blanks: [String: String]
  let attempts: Int
  let fence: Int
  let createdAt: Timestamp
  var trace: String?

  var isUrgent: Bool { template.isUrgent }
  /// From then on it is of no use.
  var end: Timestamp { createdAt + template.lifetime }
}

enum DeliveryStore {
  static let outOfTime = "nobody could send it in time"

  /// To addresses that the events tell, wanted or not, ahead of all others.
  static func insert(
    _ told: [ToldNews], ids: IDSource, at now: Timestamp, in transaction: Transaction
  ) {
    guard !told.isEmpty else { return }
    transaction.enqueue(
      """
      INSERT INTO notifications.deliveries
        (id, event_id, user_id, channel, address, template, blanks, due_at, created_at,
         trace_parent, urgent)
      SELECT n.id, n.event_id, n.reader, 'mail', n.address, n.template, n.blanks::jsonb, \(now),
             n.occurred_at, n.trace, true
      FROM \(rows(told, ids)) AS n (
        id, event_id, reader, topic, address, template, blanks, trace, occurred_at)
      ON CONFLICT ON CONSTRAINT deliveries_once DO NOTHING
      """)
  }

  /// To where the accounts say, if they are open, want it, and were not told before.
  static func insert(
    _ told: [ToldNews], by channel: Channel, ids: IDSource, at now: Timestamp,
    in transaction: Transaction
  ) {
    guard !told.isEmpty else { return }
    let (address, isWanted): (SQL, SQL) =
      switch channel {
      case .mail: ("c.email", "COALESCE(p.mail, \(Preference.usual.mail))")
      case .sms: ("c.phone", "COALESCE(p.sms, \(Preference.usual.sms))")
      }
    transaction.enqueue(
      """
      INSERT INTO notifications.deliveries
        (id, event_id, user_id, channel, address, template, blanks, due_at, created_at,
         trace_parent)
      SELECT n.id, n.event_id, c.id, \(channel)::text, \(address), n.template,
             n.blanks::jsonb || jsonb_build_object('full_name', c.full_name), \(now),
             n.occurred_at, n.trace
      FROM \(rows(told, ids)) AS n (
        id, event_id, reader, topic, address, template, blanks, trace, occurred_at)
      JOIN identity_api.contacts AS c ON c.id = n.reader
      LEFT JOIN notifications.preferences AS p ON p.user_id = c.id AND p.topic = n.topic
      WHERE \(address) <> '' AND \(isWanted)
      ON CONFLICT ON CONSTRAINT deliveries_once DO NOTHING
      """)
  }

  private static func rows(_ told: [ToldNews], _ ids: IDSource) -> SQL {
    """
    unnest(
      \(told.map { _ in ids.uuid() }), \(told.map(\.event.id)), \(told.map(\.news.reader)),
      \(told.map { $0.topic?.rawValue ?? "" })::text[],
      \(told.map { $0.news.address ?? "" })::text[],
      \(told.map(\.news.template.rawValue))::text[],
      \(told.map { Facts.text(of: $0.news.blanks) })::text[],
      \(told.map(\.event.traceParent))::text[], \(told.map(\.event.occurredAt)))
    """
  }

  /// Takes what is due longest, what is urgent first. Whoever dies with it leaves it to the next,
  /// after the lease.
  static func claim(
    _ channel: Channel, limit: Int, at now: Timestamp, lease: Duration
  ) -> Query<Delivery> {
    Query(
      """
      WITH urgent AS MATERIALIZED (
        SELECT n.id FROM notifications.deliveries AS n
        WHERE n.channel = \(channel) AND n.state = 'pending' AND n.urgent AND n.due_at <= \(now)
        ORDER BY n.due_at LIMIT \(limit)
        FOR NO KEY UPDATE SKIP LOCKED
      ), other AS MATERIALIZED (
        SELECT n.id FROM notifications.deliveries AS n
        WHERE n.channel = \(channel) AND n.state = 'pending' AND NOT n.urgent
          AND n.due_at <= \(now)
        ORDER BY n.due_at LIMIT \(limit) - (SELECT count(*) FROM urgent)
        FOR NO KEY UPDATE SKIP LOCKED
      )
      UPDATE notifications.deliveries AS d
      SET due_at = \(now + lease), attempts = d.attempts + 1, fence = d.fence + 1
      WHERE d.id = ANY (ARRAY(SELECT u.id FROM urgent AS u UNION ALL SELECT o.id FROM other AS o))
      RETURNING d.id, d.number, d.address, d.template, d.blanks, d.attempts, d.fence, d.created_at,
        d.trace_parent
      """
    ) { row in
      Delivery(
        id: try row.next(), number: try row.next(), address: try row.next(),
        template: try row.next(), blanks: try blanks(try row.next()), attempts: try row.next(),
        fence: try row.next(), createdAt: try row.next(), trace: try row.next())
    }
  }

  private static func blanks(_ text: String) throws -> [String: String] {
    let members = try JSONValue.parse(Array(text.utf8)).object?.members ?? []
    return Dictionary(
      members.map { ($0, $1.string ?? "") }, uniquingKeysWith: { first, _ in first })
  }

  // What follows changes nothing where somebody else has taken over since. It asks for `settled_at`
  // and not for the state: Postgres would go through all that is pending, which it believes to be
  // next to nothing, rather than through the keys.

  static func settle(
    _ delivery: Delivery, as state: String, error: String?, at now: Timestamp
  ) -> SQL {
    """
    UPDATE notifications.deliveries
    SET \(settled(as: state, at: now)), last_error = \(error?.storable(500))
    WHERE id = \(delivery.id) AND fence = \(delivery.fence) AND settled_at IS NULL
    """
  }

  static func postpone(_ delivery: Delivery, until due: Timestamp, error: String) -> SQL {
    """
    UPDATE notifications.deliveries
    SET due_at = \(due), last_error = \(error.storable(500))
    WHERE id = \(delivery.id) AND fence = \(delivery.fence) AND settled_at IS NULL
    """
  }

  /// As if they had never been taken: what was not tried yet has its place in the queue again.
  static func giveBack(_ deliveries: [Delivery], at now: Timestamp) -> SQL {
    """
    UPDATE notifications.deliveries AS d
    SET due_at = CASE d.attempts WHEN 1 THEN d.created_at ELSE \(now) END,
        attempts = d.attempts - 1
    FROM unnest(\(deliveries.map(\.id)), \(deliveries.map(\.fence))) AS n (id, fence)
    WHERE d.id = n.id AND d.fence = n.fence AND d.settled_at IS NULL
    """
  }

  /// A token has no business in the table from then on.
  private static func settled(as state: String, at now: Timestamp) -> SQL {
    "state = \(state), due_at = NULL, settled_at = \(now), blanks = '{}'"
  }

  /// Returns how many there were. Whoever has one has moved it to later.
  static func giveUp(
    dueBefore time: Timestamp, limit: Int, at now: Timestamp, in database: some Querying
  ) throws -> Int {
    try database.execute(
      """
      UPDATE notifications.deliveries AS d
      SET \(settled(as: "failed", at: now)), last_error = COALESCE(d.last_error, \(outOfTime))
      WHERE d.id IN (
        SELECT n.id FROM notifications.deliveries AS n
        WHERE n.state = 'pending' AND n.due_at < \(time)
        LIMIT \(limit) FOR NO KEY UPDATE SKIP LOCKED)
      """)
  }

  /// What these would have been told. What was sent is forgotten in its time.
  static func forget(_ users: [UserID], in transaction: Transaction) {
    transaction.enqueue(
      """
      DELETE FROM notifications.deliveries AS d
      WHERE d.state = 'pending' AND d.user_id = ANY (\(users))
      """)
  }

  /// Returns how many were forgotten.
  static func forget(
    settledBefore time: Timestamp, limit: Int, in database: some Querying
  ) throws -> Int {
    try database.execute(
      """
      DELETE FROM notifications.deliveries AS d WHERE d.id IN (
        SELECT n.id FROM notifications.deliveries AS n
        WHERE n.state <> 'pending' AND n.settled_at < \(time)
        ORDER BY n.settled_at LIMIT \(limit) FOR UPDATE SKIP LOCKED)
      """)
  }
}
