package import Postgres

/// What is true of the books whenever nothing is under way, whatever was killed before.
package enum BooksStore {
  /// Each names those that break it; empty when all holds.
  package static func broken(_ database: Database) throws -> [String] {
    var broken: [String] = []
    for (name, sql) in money + goods + progress + events {
      let found = try database.query(sql) { row in try row.next() as String }
      if !found.isEmpty { broken.append("\(name): \(found.joined(separator: ", "))") }
    }
    return broken
  }

  private static let money: [(String, SQL)] = [
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
      "a payment's refunds are not what it says",
      """
      SELECT p.id || ' ' || p.refunded || '/' || p.refunding
      FROM payments.payments AS p
      WHERE (p.refunded, p.refunding) <> (
        SELECT COALESCE(sum(r.amount) FILTER (WHERE r.status = 'succeeded'), 0)::bigint,
               COALESCE(sum(r.amount) FILTER (WHERE r.status = 'pending'), 0)::bigint
        FROM payments.refunds AS r WHERE r.payment_id = p.id)
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
      -- What a provider has yet to give back is still here.
      LEFT JOIN LATERAL (
        SELECT sum(r.amount) AS all_of_it, sum(r.amount) FILTER (WHERE EXISTS (
            SELECT FROM orders.parcels AS c
            WHERE c.id = r.parcel_id AND c.status = 'cancelled')) AS of_parcels
        FROM payments.refunds AS r JOIN payments.payments AS p ON p.id = r.payment_id
        WHERE p.order_id = o.id AND r.status = 'pending' AND r.due_at > now()) AS w ON true
      -- What somebody gave back of a parcel that was given up is a part of what it cost.
      LEFT JOIN LATERAL (
        SELECT COALESCE(sum(r.amount), 0) AS by_hand
        FROM payments.refunds AS r JOIN payments.payments AS p ON p.id = r.payment_id
        WHERE p.order_id = o.id AND r.status = 'succeeded' AND r.requested_by IS NOT NULL
          AND NOT EXISTS (
            SELECT FROM orders.parcels AS c WHERE c.id = r.parcel_id AND c.status = 'cancelled')
        ) AS h ON true
      WHERE COALESCE(m.kept, 0) <> CASE
        WHEN o.status IN ('cancelled', 'expired', 'payment_failed', 'pending', 'awaiting_payment',
                          'refunded') THEN COALESCE(w.all_of_it, 0)
        -- Cash is there once somebody was at the door and the delivery has written it down; so is
        -- what an operator did not wait for.
        WHEN o.paid_at IS NULL AND (o.payment_provider = 'cod' OR EXISTS (
          SELECT FROM saga.sagas AS y JOIN saga.decisions AS d ON d.saga_id = y.id
          WHERE y.subject = o.id AND d.verb = 'skip')) AND (
          o.status IN ('paid', 'processing', 'shipped') OR EXISTS (
            SELECT FROM saga.sagas AS y
            WHERE y.subject = o.id AND y.definition = 'delivery'
              AND y.state NOT IN ('done', 'undone')
              AND COALESCE(y.step, 'collect_cash') = 'collect_cash')) THEN 0
        ELSE o.total - g.given_up - s.sent_back - h.by_hand + COALESCE(w.of_parcels, 0) END
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
  ]

  private static let goods: [(String, SQL)] = [
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
      "not what was sold is counted",
      // The seed invents what was sold of its goods.
      """
      SELECT p.id::text || ' ' || p.sold || '/' || COALESCE(s.sum, 0)
      FROM catalog.products AS p
      LEFT JOIN (
        SELECT i.product_id, sum(i.quantity) AS sum
        FROM orders.items AS i JOIN orders.orders AS o ON o.id = i.order_id
        WHERE o.confirmed_at IS NOT NULL AND o.status <> 'cancelled'
        GROUP BY i.product_id) AS s ON s.product_id = p.id
      WHERE p.sold <> COALESCE(s.sum, 0) AND NOT EXISTS (
        SELECT FROM inventory.movements AS m
        WHERE m.product_id = p.id AND m.kind = 'opening' AND m.reference = 'seed')
      """
    ),
    (
      "promotion uses are not the orders that hold them",
      """
      SELECT p.id::text || ' ' || p.used FROM promotions.promotions AS p
      WHERE p.used <> (
        SELECT count(*) FROM promotions.uses AS u
        JOIN promotions.orders AS h ON h.order_id = u.order_id AND h.state = 'taken'
        JOIN orders.orders AS o ON o.hold_id = u.order_id
          AND o.status NOT IN ('cancelled', 'expired', 'payment_failed')
        WHERE u.promotion_id = p.id)
      """
    ),
    (
      "an order holds other promotions than it was priced with",
      """
      SELECT o.number || ' ' || o.status FROM orders.orders AS o
      WHERE o.status NOT IN ('pending', 'cancelled', 'expired', 'payment_failed') AND (
          SELECT count(DISTINCT a.id) FROM jsonb_to_recordset(o.promotions) AS a (id text))
        <> (SELECT count(*) FROM promotions.uses AS u
            JOIN promotions.orders AS h ON h.order_id = u.order_id AND h.state = 'taken'
            WHERE u.order_id = o.hold_id)
      """
    ),
    (
      "a customer's uses of a promotion are not those of their orders",
      """
      SELECT c.promotion_id::text || ' ' || c.used FROM promotions.customers AS c
      WHERE c.used <> (
        SELECT count(*) FROM promotions.uses AS u
        JOIN promotions.orders AS h ON h.order_id = u.order_id AND h.state = 'taken'
        WHERE u.promotion_id = c.promotion_id AND h.customer_id = c.customer_id)
      """
    ),
  ]
}
