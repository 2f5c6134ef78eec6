package import Core
package import JSON
package import Postgres

/// One thing that happened to an order, in words.
package struct TimelineEntry: Encodable, Sendable {
  package let at: Timestamp
  package let status: String
  package let words: String
  @ExplicitNull package var parcelId: ParcelID?
  @ExplicitNull package var returnId: ReturnID?

  fileprivate init(_ row: inout Row) throws {
    at = try row.next()
    status = try row.next()
    words = try row.next()
    _parcelId = ExplicitNull(wrappedValue: try row.next())
    _returnId = ExplicitNull(wrappedValue: try row.next())
  }
}

extension TimelineEntry {
  /// Of the order as a whole.
  private init(at: Timestamp, status: String, words: String) {
    (self.at, self.status, self.words) = (at, status, words)
    _parcelId = ExplicitNull(wrappedValue: nil)
    _returnId = ExplicitNull(wrappedValue: nil)
  }

  /// A step that one of its sagas took, or took back.
  fileprivate init(step row: inout Row) throws {
    let (at, step, status): (Timestamp, String, String) = (
      try row.next(), try row.next(), try row.next()
    )
    let saga: String = try row.next()
    self.init(
      at: at, status: status, words: Self.sentence(step, of: saga, isUndone: status == "undone"))
  }

  /// Nil when it waits for nothing but its turn.
  fileprivate init?(waiting row: inout Row, at now: Timestamp) throws {
    let began: Timestamp = try row.next()
    let (what, state): (String?, String) = (try row.next(), try row.next())
    let (attempts, due): (Int, Timestamp?) = (try row.next(), try row.next())
    guard what != nil || attempts > 0 || state == "stuck" else { return nil }
    self.init(
      at: began, status: state,
      words: Self.sentence(what, state, attempts, due.map { Self.words(until: $0, at: now) }))
  }

  /// How the provider is being asked.
  fileprivate init(payment row: inout Row, at now: Timestamp) throws {
    let began: Timestamp = try row.next()
    let provider: String = try row.next()
    let due: Timestamp? = try row.next()
    let (asked, most): (Int, Int) = (try row.next(), try row.next())
    let next = due.map { "next question \(Self.words(until: $0, at: now))" }
    self.init(
      at: began, status: "waiting",
      words: "Waiting for \(Self.title(provider)), \(next ?? "no further question"), "
        + "\(asked) of \(most).")
  }

  /// Money that is on its way back.
  fileprivate init(refund row: inout Row, at now: Timestamp) throws {
    let began: Timestamp = try row.next()
    let provider: String = try row.next()
    let (what, due): (String?, Timestamp?) = (try row.next(), try row.next())
    let next = due.map { ", next question \(Self.words(until: $0, at: now))" } ?? ""
    self.init(
      at: began, status: "waiting",
      words: "Waiting for \(what ?? "\(Self.title(provider)) to give the money back")\(next).")
  }

  private static func sentence(_ step: String, of saga: String, isUndone: Bool) -> String {
    switch (step, isUndone) {
    case ("take_back_goods", _) where saga == "parcel": "The goods of a parcel were put back."
    case ("take_back_goods", _): "The goods that came back were counted."
    case ("refund", _): "What they cost is given back, or not asked for."
    case ("settle", _): "Nothing is owed for them any more."
    case ("hold_stock", false): "The goods are reserved."
    case ("hold_stock", true): "The goods are free again."
    case ("take_promotions", false): "The promotions are taken."
    case ("take_promotions", true): "The promotions were given back."
    case ("request_payment", false): "The payment was asked for."
    case ("request_payment", true): "The payment was withdrawn, and what was paid went back."
    case ("await_payment", false): "The payment is settled."
    case ("confirm", false): "The goods left the stock, the shops know."
    case ("confirm", true): "The goods went back into the stock."
    case ("collect_cash", false): "Nothing is left to be paid."
    case ("open_reviews", false): "The customer may review the goods."
    case ("complete", false): "Nothing is left to do."
    default: "\(step) was \(isUndone ? "undone" : "done")."
    }
  }

  private static func sentence(
    _ what: String?, _ state: String, _ attempts: Int, _ next: String?
  ) -> String {
    let then = next.map { ", next look \($0)" } ?? ""
    if state == "stuck" { return "Stuck: somebody has to look at it." }
    if let what { return "Waiting for \(what)\(then)." }
    return "It went wrong \(attempts) times\(then)."
  }

  private static func words(until time: Timestamp, at now: Timestamp) -> String {
    let seconds = max(0, (time - now).milliseconds + 999) / 1000
    switch seconds {
    case 0: return "now"
    case ..<120: return "in \(seconds) s"
    case ..<7200: return "in \(seconds / 60) min"
    default: return "in \(seconds / 3600) h"
    }
  }

  private static func title(_ provider: String) -> String {
    switch provider {
    case "momo": "MoMo"
    case "midtrans": "Midtrans"
    case "stripe": "Stripe"
    default: "the \(provider)"
    }
  }
}

package enum TimelineDirectory {
  /// Its own, and those of its parcels and of what came back.
  private static func sagas(of order: SQL) -> SQL {
    """
    SELECT d.definition, o.id AS subject
    FROM (\(order)) AS o (id), (VALUES ('checkout'), ('delivery')) AS d (definition)
    UNION ALL
    SELECT 'parcel', p.id FROM orders.parcels AS p WHERE p.order_id IN (\(order))
    UNION ALL
    SELECT 'return', r.id FROM orders.returns AS r WHERE r.order_id IN (\(order))
    """
  }

  /// Of all sagas, each in its order.
  package static let steps = [
    "hold_stock", "take_promotions", "request_payment", "await_payment", "confirm",
    "collect_cash", "open_reviews", "complete", "take_back_goods", "refund", "settle",
  ]

  /// Of steps that were taken at once: forwards, and then back in reverse.
  private static let place: SQL = """
    CASE t.mark WHEN 'undone' THEN 100 ELSE 0 END
      + CASE t.mark WHEN 'undone' THEN -1 ELSE 1 END * array_position(\(steps), t.step)
    """

  /// What happened, the oldest first. Nil when the order is not theirs to see.
  package static func read(
    _ name: OrderDirectory.Name, for reader: Actor, at now: Timestamp, in database: some Querying
  ) throws -> [TimelineEntry]? {
    let order = OrderDirectory.id(of: name, for: reader)
    let (orders, entries, steps, waits, payments, refunds) = try database.read(
      Query(order) { row in try row.next() as OrderID },
      Query(
        """
        SELECT h.created_at, h.status, h.words, h.parcel_id, h.return_id
        FROM orders.history AS h WHERE h.order_id IN (\(order))
        ORDER BY h.number
        """
      ) { row in try TimelineEntry(&row) },
      Query(
        """
        SELECT t.at, t.step, t.mark, t.definition FROM saga_api.steps AS t
        JOIN (\(sagas(of: order))) AS n ON n.definition = t.definition AND n.subject = t.subject
        WHERE t.mark <> 'begun'
        ORDER BY t.at, \(place)
        """
      ) { row in try TimelineEntry(step: &row) },
      Query(
        """
        SELECT s.changed_at, s.waiting_for, s.state, s.attempts, s.due_at
        FROM saga_api.standing AS s
        JOIN (\(sagas(of: order))) AS n ON n.definition = s.definition AND n.subject = s.subject
        WHERE s.state NOT IN ('done', 'undone')
        ORDER BY s.changed_at
        """
      ) { row in try TimelineEntry(waiting: &row, at: now) },
      Query(
        """
        SELECT y.created_at, y.provider, y.due_at, y.asked, y.asked_most
        FROM payments_api.payments AS y
        WHERE y.order_id IN (\(order)) AND y.status = 'pending'
        ORDER BY y.id DESC LIMIT 1
        """
      ) { row in try TimelineEntry(payment: &row, at: now) },
      Query(
        """
        SELECT r.created_at, r.provider, r.waiting_for, r.due_at FROM payments_api.refunds AS r
        WHERE r.order_id IN (\(order)) AND r.status = 'pending'
        ORDER BY r.id LIMIT 100
        """
      ) { row in try TimelineEntry(refund: &row, at: now) })
    guard !orders.isEmpty else { return nil }
    // What is waited for now comes last. The sort keeps the order of what happened at once.
    return (entries + steps).sorted { $0.at < $1.at } + waits.compactMap(\.self) + payments
      + refunds
  }
}
