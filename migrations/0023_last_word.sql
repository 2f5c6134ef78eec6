-- At what time at least it stood as its provider has told: whoever gives up an order whose time is
-- over waits for a word from after that.
ALTER TABLE payments.payments ADD COLUMN known_at timestamptz;

-- Who calls us again and again without being believed fills no disk: what one address does of one
-- kind in one minute is one record, which counts it.
ALTER TABLE payments.security_events
  ADD COLUMN times bigint NOT NULL DEFAULT 1,
  -- Nil for what is recorded one by one.
  ADD COLUMN minute timestamptz,
  ADD CONSTRAINT security_events_times_positive CHECK (times > 0);

CREATE UNIQUE INDEX security_events_by_minute
  ON payments.security_events (minute, kind, provider, remote_ip) WHERE minute IS NOT NULL;

-- Records stay as they are written; only the count may grow.
DROP TRIGGER security_events_append_only ON payments.security_events;

CREATE TRIGGER security_events_append_only BEFORE TRUNCATE
  ON payments.security_events FOR EACH STATEMENT EXECUTE FUNCTION payments.refuse_change();

CREATE FUNCTION payments.refuse_all_but_counting() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
  counted payments.security_events := OLD;
BEGIN
  counted.times := OLD.times + 1;
  IF NEW IS DISTINCT FROM counted THEN
    RAISE EXCEPTION 'what is written there stays' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END
$$;

CREATE TRIGGER security_events_only_counted BEFORE UPDATE
  ON payments.security_events FOR EACH ROW EXECUTE FUNCTION payments.refuse_all_but_counting();

CREATE FUNCTION payments.count_security_event(
  of_kind text, of_provider text, of_detail text, of_address text, at timestamptz)
RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO payments.security_events AS s
    (kind, provider, detail, remote_ip, occurred_at, minute)
  VALUES (of_kind, of_provider, of_detail, of_address, at, date_trunc('minute', at, 'UTC'))
  ON CONFLICT (minute, kind, provider, remote_ip) WHERE minute IS NOT NULL
  DO UPDATE SET times = s.times + 1;
$$;

REVOKE EXECUTE ON FUNCTION payments.count_security_event(text, text, text, text, timestamptz)
  FROM PUBLIC;
GRANT EXECUTE ON FUNCTION payments.count_security_event(text, text, text, text, timestamptz)
  TO souk_webhooks;
-- It counts, and writes nothing else there.
REVOKE INSERT ON payments.security_events FROM souk_webhooks;

-- Money of a payment that nobody wants and that has not gone back.
CREATE INDEX payments_unwanted ON payments.payments (id)
  WHERE abandoned_at IS NOT NULL AND captured > refunded;
-- Calls that nobody tries to work off any more.
CREATE INDEX notifications_given_up ON payments.notifications (id)
  WHERE due_at IS NULL AND settled_at IS NULL;

-- What of payments somebody should look at: calls of providers that could not be worked off, and
-- payments whose money was to go back and was refused at least once.
CREATE VIEW payments_api.stuck AS
  SELECT (SELECT count(*) FROM payments.notifications AS n
          WHERE n.due_at IS NULL AND n.settled_at IS NULL) AS calls,
         (SELECT count(*) FROM payments.payments AS p
          WHERE p.abandoned_at IS NOT NULL AND p.captured > p.refunded
            AND EXISTS (SELECT FROM payments.refunds AS r
                        WHERE r.payment_id = p.id AND r.status = 'failed')) AS refused_refunds;

GRANT USAGE ON SCHEMA payments_api TO souk_ops;
GRANT SELECT ON payments_api.stuck TO souk_ops;

-- The trace of what a mail or a short message tells of.
ALTER TABLE notifications.deliveries
  ADD COLUMN trace_parent text,
  ADD CONSTRAINT deliveries_trace_length CHECK (length(trace_parent) <= 64);
