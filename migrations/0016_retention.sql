-- What need not be remembered for ever: sagas, messages, calls of providers, security records. All
-- of it goes in bounded pieces, oldest first. Ids begin with the time, so their indexes are walked
-- from the oldest on; only read messages, which go before unread ones, need an index of their own.

CREATE INDEX messages_read ON notifications.messages (id) WHERE read_at IS NOT NULL;

GRANT UPDATE (read_at), DELETE ON notifications.messages TO souk_scheduler;
GRANT DELETE ON payments.notifications, payments.sandbox_callbacks TO souk_scheduler;

-- Runs that ended before then, with their steps. `born` is the least id of that time. Returns how
-- many went. What stays longer:
-- * A checkout that was done, until its goods have arrived: till then it can be turned back.
-- * What an operator decided about: the decision is the record of that.
-- * A run with an older one before it, which goes first: whoever looks for the newest run must not
--   find an older one instead.
CREATE FUNCTION saga.forget_finished(born uuid, before timestamptz, most integer) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  ending text;
  old uuid[];
  gone integer := 0;
BEGIN
  FOREACH ending IN ARRAY ARRAY['undone', 'done'] LOOP
    old := ARRAY(
      SELECT s.id FROM saga.sagas AS s
      WHERE s.state = ending AND s.id < born AND s.finished_at < before
        AND NOT EXISTS (
          SELECT FROM saga.sagas AS o
          WHERE o.definition = s.definition AND o.subject = s.subject AND o.run < s.run)
        AND NOT EXISTS (SELECT FROM saga.decisions AS d WHERE d.saga_id = s.id)
        AND (s.definition <> 'checkout' OR s.state = 'undone' OR EXISTS (
          SELECT FROM orders_api.orders AS o
          WHERE o.id = s.subject AND o.status IN ('delivered', 'completed', 'refunded')))
      ORDER BY s.id LIMIT most - gone FOR UPDATE SKIP LOCKED);
    DELETE FROM saga.steps AS t WHERE t.saga_id = ANY (old);
    DELETE FROM saga.sagas AS s WHERE s.id = ANY (old);
    gone := gone + cardinality(old);
  END LOOP;
  RETURN gone;
END
$$;

REVOKE EXECUTE ON FUNCTION saga.forget_finished(uuid, timestamptz, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION saga.forget_finished(uuid, timestamptz, integer) TO souk_scheduler;

-- Security records stay as they are written, and for a year, whoever asks. A day less is said here,
-- so that two clocks need not agree.
DROP TRIGGER security_events_append_only ON payments.security_events;

CREATE TRIGGER security_events_append_only BEFORE UPDATE OR TRUNCATE
  ON payments.security_events FOR EACH STATEMENT EXECUTE FUNCTION payments.refuse_change();

CREATE FUNCTION payments.refuse_early_removal() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.occurred_at > now() - interval '364 days' THEN
    RAISE EXCEPTION 'what is written there stays' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN OLD;
END
$$;

CREATE TRIGGER security_events_stay_a_year BEFORE DELETE
  ON payments.security_events FOR EACH ROW EXECUTE FUNCTION payments.refuse_early_removal();

GRANT SELECT (number, occurred_at), DELETE ON payments.security_events TO souk_scheduler;
