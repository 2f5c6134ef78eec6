-- By which somebody's preferences are known as the ones that were read: all topics together.
ALTER TABLE notifications.preferences ADD COLUMN version bigint NOT NULL DEFAULT 1;

-- And refunds that were asked for as often as one is in a hurry about: from then on once an hour.
CREATE INDEX refunds_late ON payments.refunds (id) WHERE status = 'pending' AND asked = asked_most;

-- Each provider has a queue of its own: one that does not answer holds nobody else up.
CREATE INDEX payments_due_of_provider ON payments.payments (provider, due_at)
  WHERE due_at IS NOT NULL;
DROP INDEX payments.payments_due;

-- A refund that fails after it had succeeded: the money came here again.
ALTER TABLE payments.security_events DROP CONSTRAINT security_events_kind_known;
ALTER TABLE payments.security_events ADD CONSTRAINT security_events_kind_known CHECK (
  kind IN ('forged', 'stale', 'repeated', 'unreadable', 'unknown_payment', 'wrong_provider',
           'wrong_amount', 'wrong_currency', 'unwanted_money', 'refund_undone'));

-- For whoever counts what follows.
CREATE INDEX refunds_refused ON payments.refunds (payment_id) WHERE status = 'failed';
CREATE INDEX payments_silent ON payments.payments (id)
  WHERE closing = 12 AND last_error IS NOT NULL AND status IN ('cancelled', 'failed');
CREATE INDEX security_events_of_money ON payments.security_events (payment_id)
  WHERE kind IN ('wrong_amount', 'wrong_currency', 'refund_undone');

-- What of payments somebody should look at:
-- * Calls of providers that could not be worked off.
-- * Payments whose money was to go back and was refused: all of one that was given up, or that of a
--   return or of a parcel that was not sent, until another try succeeds or nothing is owed for the
--   parcel any more. What was asked for by hand, whoever asked was told of.
-- * Refunds that are still open after many questions.
-- * Payments that were given up, or had failed, and whose provider has not told since then, however
--   often it was asked, whether it has the money.
-- * Payments without their money, of which a provider has told another amount or currency.
-- * Payments with a refund that failed after it had succeeded.
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
         (SELECT count(*) FROM payments.refunds AS r
          WHERE r.status = 'pending' AND r.asked = r.asked_most) AS late_refunds,
         (SELECT count(*) FROM payments.payments AS p
          WHERE p.closing = 12 AND p.last_error IS NOT NULL
            AND p.status IN ('cancelled', 'failed')
            AND (p.status = 'failed' OR p.known_at IS NULL
              OR p.known_at < GREATEST(p.abandoned_at, p.expires_at))) AS silent_payments,
         (SELECT count(DISTINCT p.id) FROM payments.security_events AS s
          JOIN payments.payments AS p ON p.id = s.payment_id
          WHERE s.kind IN ('wrong_amount', 'wrong_currency')
            AND p.captured = 0) AS contradicted_payments,
         (SELECT count(DISTINCT s.payment_id) FROM payments.security_events AS s
          WHERE s.kind = 'refund_undone') AS undone_refunds;
