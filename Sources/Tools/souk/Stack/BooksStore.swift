package import Postgres

/// What is true of the books whenever nothing is under way, whatever was killed before.
package enum BooksStore {
  /// Each names those that break it; empty when all holds.
  package static func broken(_ database: Database) throws -> [String] {
    var broken: [String] = []
    for (name, sql) in all {
      let found = try database.query(sql) { row in try row.next() as String }
      if !found.isEmpty { broken.append("\(name): \(found.joined(separator: ", "))") }
    }
    return broken
  }

  private static let all: [(String, SQL)] = [
    (
      "the ledger does not sum to zero",
      """
      SELECT b.currency || ' ' || sum(b.balance) FROM payments.balances AS b
      GROUP BY b.currency HAVING sum(b.balance) <> 0
      """
    ),
    (
      "a wallet's balance is not what its entries add up to",
      """
      SELECT b.id::text FROM payments.balances AS b
      WHERE b.kind = 'wallet' AND (b.kept <> b.balance OR b.balance < 0)
      """
    ),
    (
      "a payment is not what the ledger says",
      """
      SELECT p.id || ' ' || p.captured - p.refunded || ' ' || COALESCE(l.sum, 0)
      FROM payments.payments AS p
      LEFT JOIN LATERAL (
        SELECT sum(CASE WHEN e.kind = 'refund' THEN -e.amount ELSE e.amount END) AS sum
        FROM payments.entries AS e WHERE e.payment_id = p.id) AS l ON true
      WHERE p.captured - p.refunded <> COALESCE(l.sum, 0)
      """
    ),
    (
      "an order that lives holds other money than it costs",
      """
      SELECT o.number || ' ' || o.status || ' ' || COALESCE(m.kept, 0)
      FROM orders.orders AS o
      LEFT JOIN LATERAL (
        SELECT sum(p.captured - p.refunded) AS kept FROM payments.payments AS p
        WHERE p.order_id = o.id) AS m ON true
      LEFT JOIN LATERAL (
        SELECT COALESCE(sum(c.amount) FILTER (WHERE c.status = 'cancelled'), 0) AS given_up
        FROM orders.parcels AS c WHERE c.order_id = o.id) AS g ON true
      LEFT JOIN LATERAL (
        SELECT COALESCE(sum(r.amount) FILTER (WHERE r.status = 'refunded'), 0) AS sent_back
        FROM orders.returns AS r WHERE r.order_id = o.id) AS s ON true
      WHERE COALESCE(m.kept, 0) <> CASE
        WHEN o.status IN ('cancelled', 'expired', 'payment_failed', 'pending', 'awaiting_payment',
                          'refunded') OR o.paid_at IS NULL THEN 0
        ELSE o.total - g.given_up - s.sent_back END
      """
    ),
    (
      "money that is to go back was refused",
      """
      SELECT p.id || ' ' || p.provider || ' ' || p.captured - p.refunded || ' '
             || COALESCE((array_agg(r.last_error ORDER BY r.id DESC))[1], '')
      FROM payments.payments AS p
      JOIN payments.refunds AS r ON r.payment_id = p.id AND r.status = 'failed'
      WHERE p.abandoned_at IS NOT NULL AND p.captured > p.refunded
      GROUP BY p.id
      """
    ),
    (
      "a provider's call was given up",
      """
      SELECT n.id || ' ' || n.provider || ' ' || COALESCE(n.verdict, '')
      FROM payments.notifications AS n WHERE n.due_at IS NULL AND n.settled_at IS NULL
      """
    ),
    (
      "stock is not what was there less what was sold",
      """
      SELECT s.variant_id::text || ' ' || s.on_hand || '/' || s.reserved
      FROM inventory.stock AS s
      WHERE s.on_hand <> (
          SELECT COALESCE(sum(m.on_hand_after - m.on_hand_before), 0)
          FROM inventory.movements AS m WHERE m.variant_id = s.variant_id)
        OR s.on_hand <> (
          SELECT COALESCE(sum(m.on_hand_after - m.on_hand_before), 0)
          FROM inventory.movements AS m
          WHERE m.variant_id = s.variant_id AND m.kind IN ('opening', 'set', 'adjustment'))
          - (SELECT COALESCE(sum(i.quantity), 0) FROM orders.items AS i
             JOIN orders.parcels AS p ON p.order_id = i.order_id AND p.shop_id = i.shop_id
             WHERE i.variant_id = s.variant_id AND p.status <> 'cancelled')
          + (SELECT COALESCE(sum(t.quantity), 0) FROM orders.return_items AS t
             JOIN orders.returns AS r ON r.id = t.return_id
             WHERE t.variant_id = s.variant_id AND r.restock AND r.status = 'refunded')
        OR s.reserved <> (
          SELECT COALESCE(sum(l.quantity), 0) FROM inventory.reservation_lines AS l
          JOIN inventory.reservations AS v ON v.order_id = l.order_id AND v.state = 'held'
          JOIN orders.orders AS o ON o.hold_id = v.order_id
            AND o.status IN ('pending', 'awaiting_payment')
          WHERE l.variant_id = s.variant_id)
      """
    ),
    (
      "promotion uses are not the orders that hold them",
      """
      SELECT p.id::text || ' ' || p.used FROM promotions.promotions AS p
      WHERE p.used <> (
        SELECT count(*) FROM orders.orders AS o,
          jsonb_to_recordset(o.promotions) AS a (id text, code text)
        WHERE a.code IS NOT DISTINCT FROM p.code AND o.status NOT IN (
          'cancelled', 'expired', 'payment_failed'))
      """
    ),
    (
      "a saga neither ended nor waits",
      """
      SELECT s.definition || ' ' || s.state || ' ' || COALESCE(s.last_error, '')
      FROM saga.sagas AS s
      WHERE s.state NOT IN ('done', 'undone') AND NOT (s.state = 'waiting' AND s.due_at > now())
      """
    ),
    (
      "an event was left aside",
      "SELECT d.consumer || ' ' || d.type || ' ' || COALESCE(d.error, '') FROM outbox.deferred AS d"
    ),
    (
      "an event died",
      "SELECT d.consumer || ' ' || d.type || ' ' || d.error FROM outbox.dead_letters AS d"
    ),
  ]
}
