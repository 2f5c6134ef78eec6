import Postgres

extension BooksStore {
  static let progress: [(String, SQL)] = [
    (
      "a saga neither ended nor waits",
      """
      SELECT s.definition || ' ' || s.state || ' ' || COALESCE(s.last_error, '')
      FROM saga.sagas AS s
      -- On its way back it waits too: for money, which a provider may take days to give back.
      WHERE s.state NOT IN ('done', 'undone')
        AND NOT (s.state IN ('waiting', 'undoing') AND s.waiting_for IS NOT NULL
          AND s.due_at > now())
      """
    ),
    (
      "nobody carries on an order that is not at its end",
      """
      SELECT o.number || ' ' || o.status FROM orders.orders AS o
      WHERE o.status IN ('pending', 'awaiting_payment', 'delivered') AND NOT EXISTS (
        SELECT FROM saga.sagas AS s
        WHERE s.subject = o.id AND s.state NOT IN ('done', 'undone')
          AND s.definition = CASE o.status WHEN 'delivered' THEN 'delivery' ELSE 'checkout' END)
      """
    ),
    (
      "nobody carries on a return whose goods are back",
      """
      SELECT r.id::text FROM orders.returns AS r
      WHERE r.status = 'received' AND NOT EXISTS (
        SELECT FROM saga.sagas AS s
        WHERE s.subject = r.id AND s.definition = 'return' AND s.state NOT IN ('done', 'undone'))
      """
    ),
    (
      "an order is dead, and its checkout stands",
      """
      SELECT o.number || ' ' || o.status FROM orders.orders AS o
      WHERE o.status IN ('cancelled', 'expired', 'payment_failed') AND EXISTS (
        SELECT FROM saga.sagas AS s
        WHERE s.subject = o.id AND s.definition = 'checkout' AND s.state = 'done')
      """
    ),
    (
      "an order's parcels have got elsewhere than the order",
      """
      SELECT o.number || ' ' || o.status FROM orders.orders AS o
      JOIN LATERAL (
        SELECT count(*) FILTER (WHERE p.status <> 'cancelled') AS left_over,
               count(*) FILTER (WHERE p.status = 'delivered') AS delivered
        FROM orders.parcels AS p WHERE p.order_id = o.id) AS p ON true
      WHERE CASE
        WHEN o.status IN ('paid', 'processing', 'shipped') THEN p.left_over = p.delivered
        WHEN o.status IN ('delivered', 'completed') THEN p.left_over <> p.delivered
        WHEN o.status = 'refunded' THEN false
        ELSE p.left_over > 0 END
      """
    ),
  ]

  static let events: [(String, SQL)] = [
    (
      "an event was left aside",
      "SELECT d.consumer || ' ' || d.type || ' ' || COALESCE(d.error, '') FROM outbox.deferred AS d"
    ),
    (
      "an event died",
      """
      SELECT d.consumer || ' ' || d.type || ' ' || d.error FROM outbox.dead_letters AS d
      WHERE d.settled_as IS NULL
      """
    ),
    (
      "somebody has not heard of all events",
      """
      SELECT s.name || ' ' || s.place || '/' || s.head FROM outbox.standing() AS s
      WHERE s.place < s.head
      """
    ),
    (
      "an event has two places",
      """
      SELECT p.sequence::text FROM outbox.positions AS p GROUP BY p.sequence HAVING count(*) > 1
      """
    ),
    (
      // Whatever is no older than a day has not been dropped.
      "an event has no place",
      """
      SELECT e.sequence || ' ' || e.type FROM outbox.events AS e
      WHERE e.occurred_at > now() - interval '1 day' AND NOT EXISTS (
        SELECT FROM outbox.positions AS p WHERE p.sequence = e.sequence)
      """
    ),
    (
      "the log has a gap",
      """
      SELECT min(p.position) || '–' || max(p.position) FROM outbox.positions AS p
      HAVING count(*) <> max(p.position) - min(p.position) + 1
      """
    ),
    (
      // These happen once to an order, whatever may be told of its parcels again.
      "somebody was told twice of the same",
      """
      SELECT m.kind || ' ' || count(*) FROM notifications.messages AS m
      WHERE m.kind IN ('order_placed', 'order_confirmed', 'order_paid', 'order_cancelled',
                       'order_expired', 'order_delivered', 'order_completed', 'order_refunded',
                       'shop_order', 'return_requested', 'return_approved', 'return_rejected',
                       'return_received', 'return_refunded', 'payment_refunded')
      GROUP BY m.user_id, m.kind, m.data HAVING count(*) > 1
      """
    ),
  ]
}
