-- By which somebody's preferences are known as the ones that were read: all topics together.
ALTER TABLE notifications.preferences ADD COLUMN version bigint NOT NULL DEFAULT 1;

-- And refunds that were asked for as often as one is in a hurry about: from then on once an hour.
CREATE INDEX refunds_late ON payments.refunds (id) WHERE status = 'pending' AND asked = asked_most;

CREATE OR REPLACE VIEW payments_api.stuck AS
  SELECT (SELECT count(*) FROM payments.notifications AS n
          WHERE n.due_at IS NULL AND n.settled_at IS NULL) AS calls,
         (SELECT count(*) FROM payments.payments AS p
          WHERE p.abandoned_at IS NOT NULL AND p.captured > p.refunded
            AND EXISTS (SELECT FROM payments.refunds AS r
                        WHERE r.payment_id = p.id AND r.status = 'failed')) AS refused_refunds,
         (SELECT count(*) FROM payments.refunds AS r
          WHERE r.status = 'pending' AND r.asked = r.asked_most) AS late_refunds;

-- Each provider has a queue of its own: one that does not answer holds nobody else up.
CREATE INDEX payments_due_of_provider ON payments.payments (provider, due_at)
  WHERE due_at IS NOT NULL;
DROP INDEX payments.payments_due;
