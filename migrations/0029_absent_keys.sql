-- Money that waits for a provider whose keys no scheduler has is told of as long as it waits. Before,
-- it counted as asked often enough, and then its questions were gone when the keys came.
CREATE INDEX payments_unasked ON payments.payments (id)
  WHERE last_error = 'this provider is not configured' AND due_at IS NOT NULL
    AND status IN ('cancelled', 'failed');
CREATE INDEX refunds_unasked ON payments.refunds (id)
  WHERE last_error = 'this provider is not configured' AND status = 'pending';

-- As before, and among refunds that are late and payments that tell nothing are those of whom nobody
-- asks.
CREATE OR REPLACE VIEW payments_api.stuck AS
  SELECT (SELECT count(*) FROM payments.notifications AS n
          WHERE n.due_at IS NULL AND n.settled_at IS NULL) AS calls,
         (SELECT count(DISTINCT p.id) FROM payments.refunds AS f
          JOIN payments.payments AS p ON p.id = f.payment_id
          WHERE f.status = 'failed' AND p.captured > p.refunded
            AND (p.abandoned_at IS NOT NULL
              OR f.reference ~ '^(return|parcel):'
                AND NOT EXISTS (
                  SELECT FROM payments.refunds AS s
                  WHERE s.payment_id = f.payment_id AND s.status = 'succeeded'
                    AND split_part(s.reference, ' ', 1) = split_part(f.reference, ' ', 1))
                AND NOT EXISTS (
                  SELECT FROM orders_api.parcels AS c
                  WHERE c.id = f.parcel_id AND c.amount <= (
                    SELECT sum(g.amount) FROM payments.refunds AS g
                    WHERE g.parcel_id = c.id AND g.status = 'succeeded')))) AS refused_refunds,
         (SELECT count(*) FROM (
            SELECT r.id FROM payments.refunds AS r
            WHERE r.status = 'pending' AND r.asked = r.asked_most
            UNION
            SELECT r.id FROM payments.refunds AS r
            WHERE r.last_error = 'this provider is not configured' AND r.status = 'pending'
          ) AS l) AS late_refunds,
         (SELECT count(*) FROM (
            SELECT p.id FROM payments.payments AS p
            WHERE p.closing = 12 AND p.last_error IS NOT NULL
              AND p.status IN ('cancelled', 'failed')
              AND (p.status = 'failed' OR p.known_at IS NULL
                OR p.known_at < GREATEST(p.abandoned_at, p.expires_at))
            UNION
            SELECT p.id FROM payments.payments AS p
            WHERE p.last_error = 'this provider is not configured' AND p.due_at IS NOT NULL
              AND p.status IN ('cancelled', 'failed')
          ) AS s) AS silent_payments,
         (SELECT count(DISTINCT p.id) FROM payments.security_events AS s
          JOIN payments.payments AS p ON p.id = s.payment_id
          WHERE s.kind IN ('wrong_amount', 'wrong_currency')
            AND p.captured = 0) AS contradicted_payments,
         (SELECT count(DISTINCT s.payment_id) FROM payments.security_events AS s
          WHERE s.kind = 'refund_undone') AS undone_refunds;

-- What was told to accounts that are gone: of those that go, their event sees to it.
DELETE FROM notifications.messages AS m USING identity.users AS u
WHERE u.id = m.user_id AND u.status = 'deleted';
DELETE FROM notifications.preferences AS p USING identity.users AS u
WHERE u.id = p.user_id AND u.status = 'deleted';
DELETE FROM notifications.deliveries AS d USING identity.users AS u
WHERE u.id = d.user_id AND u.status = 'deleted' AND d.state = 'pending';

-- As before, and looked at again when nobody can write there any more: what was committed while the
-- lock was waited for went with the rest.
CREATE OR REPLACE FUNCTION outbox.empty_rest(keep interval) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET lock_timeout = '100ms' AS $$
DECLARE
  passed bigint;
  settled outbox.ticks;
BEGIN
  SELECT min(COALESCE(
    (SELECT max(a.position) FROM outbox.passes AS a WHERE a.consumer = c.name), 0)) INTO passed
  FROM outbox.consumers AS c;
  SELECT * INTO settled FROM outbox.ticks AS t
  WHERE t.position <= passed AND t.reached IS NULL AND t.taken_at <= now() - keep
  ORDER BY t.position DESC LIMIT 1;
  FOR look IN 1..2 LOOP
    EXIT WHEN NOT EXISTS (SELECT 1 FROM outbox.events_rest) OR EXISTS (
      SELECT 1 FROM outbox.events_rest AS e
      WHERE settled.seen IS NULL OR e.transaction_id >= pg_snapshot_xmin(settled.seen));
    IF look = 1 THEN
      LOCK TABLE outbox.events_rest IN ACCESS EXCLUSIVE MODE;
    ELSE
      TRUNCATE outbox.events_rest;
    END IF;
  END LOOP;
  -- The newest rows of these three are where everybody stands: they stay.
  FOR look IN 1..2 LOOP
    EXIT WHEN settled.position IS NULL OR NOT EXISTS (SELECT 1 FROM outbox.positions_rest)
      OR settled.position <= (SELECT max(p.position) FROM outbox.positions_rest AS p);
    IF look = 1 THEN
      LOCK TABLE outbox.positions_rest, outbox.ticks_rest, outbox.passes_rest
        IN ACCESS EXCLUSIVE MODE;
    ELSE
      TRUNCATE outbox.positions_rest, outbox.ticks_rest, outbox.passes_rest;
    END IF;
  END LOOP;
EXCEPTION WHEN lock_not_available THEN
  NULL;
END
$$;
