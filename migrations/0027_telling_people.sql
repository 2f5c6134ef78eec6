-- One event may tell the same person two things: who buys in a shop of their own.
ALTER TABLE notifications.messages
  DROP CONSTRAINT messages_once,
  ADD CONSTRAINT messages_once UNIQUE (event_id, user_id, kind);

-- What concerns an account does not wait behind what is told of orders: its token expires.
ALTER TABLE notifications.deliveries
  ADD COLUMN urgent boolean NOT NULL DEFAULT false,
  DROP CONSTRAINT deliveries_once,
  ADD CONSTRAINT deliveries_once UNIQUE (event_id, user_id, channel, template);
UPDATE notifications.deliveries SET urgent = true
WHERE state = 'pending' AND template IN ('verify_email', 'reset_password', 'password_changed');
DROP INDEX notifications.deliveries_due;
CREATE INDEX deliveries_due ON notifications.deliveries (channel, urgent, due_at)
  WHERE state = 'pending';

-- What somebody should look at, counted up to 10,000.
CREATE INDEX deliveries_failed ON notifications.deliveries (channel) WHERE state = 'failed';
CREATE SCHEMA notifications_api;
CREATE VIEW notifications_api.standing AS
  SELECT c.channel, pending.count AS pending, pending.oldest_at, failed.count AS failed
  FROM (VALUES ('mail'), ('sms')) AS c (channel)
  CROSS JOIN LATERAL (
    SELECT count(*), min(p.created_at) AS oldest_at FROM (
      SELECT d.created_at FROM notifications.deliveries AS d
      WHERE d.channel = c.channel AND d.state = 'pending' LIMIT 10000) AS p
  ) AS pending
  CROSS JOIN LATERAL (
    SELECT count(*) FROM (
      SELECT FROM notifications.deliveries AS d
      WHERE d.channel = c.channel AND d.state = 'failed' LIMIT 10000) AS f
  ) AS failed;
GRANT USAGE ON SCHEMA notifications_api TO souk_ops;
GRANT SELECT ON notifications_api.standing TO souk_ops;

-- Who leaves takes along what they were told and wanted to be told.
GRANT DELETE ON notifications.preferences TO souk_scheduler;

-- What was decided of dead letters is known as long as what was decided of sagas.
CREATE INDEX dead_letters_settled ON outbox.dead_letters (settled_at)
  WHERE settled_at IS NOT NULL;
GRANT SELECT (number, settled_at), DELETE ON outbox.dead_letters TO souk_scheduler;
