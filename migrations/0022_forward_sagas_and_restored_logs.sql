-- A saga that only goes forward is stuck without having turned round: it goes on from there. To
-- undo it is answered with 'forward', and changes nothing.
CREATE OR REPLACE FUNCTION saga.decide(
  wanted uuid, chosen text, decider text, reason text, now_is timestamptz
) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  found_saga saga.sagas;
  goes_back boolean;
BEGIN
  SELECT * INTO found_saga FROM saga.sagas AS s WHERE s.id = wanted FOR UPDATE;
  IF NOT FOUND THEN RETURN 'unknown'; END IF;
  goes_back := found_saga.refused_because IS NOT NULL;
  IF found_saga.state = 'undone' OR (found_saga.state = 'done' AND chosen <> 'compensate')
    OR (chosen = 'compensate' AND found_saga.state IN ('undoing', 'stuck'))
    OR (chosen = 'skip' AND found_saga.step IS NULL)
    -- Its successor is at work.
    OR EXISTS (
      SELECT 1 FROM saga.sagas AS n
      WHERE n.definition = found_saga.definition AND n.subject = found_saga.subject
        AND n.run > found_saga.run)
  THEN
    RETURN 'over';
  END IF;
  IF chosen = 'compensate' AND found_saga.definition IN ('delivery', 'parcel', 'return') THEN
    RETURN 'forward';
  END IF;
  IF chosen = 'skip' THEN
    INSERT INTO saga.steps (saga_id, step, mark, attempts, note, at)
    VALUES (
      wanted, found_saga.step, CASE WHEN goes_back THEN 'undone' ELSE 'done' END,
      found_saga.attempts, reason, now_is)
    ON CONFLICT ON CONSTRAINT steps_pkey DO NOTHING;
  END IF;
  UPDATE saga.sagas AS s
  SET state = CASE
        WHEN s.state = 'stuck' AND goes_back THEN 'undoing'
        WHEN s.state IN ('stuck', 'done') THEN 'running'
        ELSE s.state END,
      turn_back_because = CASE WHEN chosen = 'compensate' THEN reason ELSE s.turn_back_because END,
      step = CASE WHEN chosen = 'skip' THEN NULL ELSE s.step END,
      failures = 0, due_at = now_is, finished_at = NULL, changed_at = now_is
  WHERE s.id = wanted;
  INSERT INTO saga.decisions (saga_id, verb, step, decided_by, because, decided_at)
  VALUES (wanted, chosen, found_saga.step, decider, reason, now_is);
  RETURN 'ok';
END
$$;

-- The log tells by the numbers of transactions what it has placed. Those are another server's in a
-- database that was dumped and restored.
CREATE TABLE outbox.home (system_identifier bigint NOT NULL);

INSERT INTO outbox.home (system_identifier)
SELECT c.system_identifier FROM pg_control_system() AS c;

CREATE FUNCTION outbox.is_home() RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT EXISTS (
    SELECT FROM outbox.home AS h JOIN pg_control_system() AS c USING (system_identifier))
$$;

-- Places all that has no position yet, and forgets the numbers of the other server: 3 and 4 are
-- older than any transaction, and everybody sees them.
CREATE FUNCTION outbox.move_in() RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET enable_seqscan = on AS $$
DECLARE
  -- Before this transaction gets its number: those after it draw higher ones.
  drawn bigint := outbox.drawn_sequence();
  last outbox.ticks;
BEGIN
  SELECT * INTO last FROM outbox.ticks AS t ORDER BY t.position DESC LIMIT 1;
  UPDATE outbox.events AS e SET transaction_id = CASE WHEN f.is_placed THEN '3' ELSE '4' END::xid8
  FROM (
    SELECT n.sequence, p.sequence IS NOT NULL OR (
      n.sequence <= last.since_sequence AND pg_visible_in_snapshot(n.transaction_id, last.since)
    ) AS is_placed
    FROM outbox.events AS n LEFT JOIN outbox.positions AS p ON p.sequence = n.sequence
  ) AS f
  WHERE e.sequence = f.sequence;
  DELETE FROM outbox.ticks;
  -- One statement, so that what it places is just what the snapshot sees. That is more than what
  -- was renumbered, where somebody wrote meanwhile.
  WITH placed AS (
    INSERT INTO outbox.positions (position, sequence)
    SELECT last.position + row_number() OVER (ORDER BY e.sequence), e.sequence
    FROM outbox.events AS e WHERE e.transaction_id <> '3'
    RETURNING position
  )
  INSERT INTO outbox.ticks (
    position, since, seen, since_sequence, since_transaction, seen_sequence, seen_transaction)
  SELECT last.position + count(*), pg_current_snapshot(), pg_current_snapshot(), drawn,
         pg_current_xact_id(), drawn, pg_current_xact_id()
  FROM placed;
  UPDATE outbox.home AS h SET system_identifier = c.system_identifier FROM pg_control_system() AS c;
END
$$;

-- Of a large log that takes longer than the scheduled function has. False when it is at home.
CREATE FUNCTION outbox.settle_in() RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  -- The lock of those who place events.
  PERFORM pg_advisory_xact_lock(768501);
  IF outbox.is_home() THEN RETURN false; END IF;
  PERFORM outbox.move_in();
  RETURN true;
END
$$;

REVOKE EXECUTE ON FUNCTION outbox.is_home(), outbox.move_in(), outbox.settle_in() FROM PUBLIC;

-- Gives positions to events that committed since the last call, at most `most`, and returns how
-- many; -1 when somebody else is doing it. Within a batch the order is that of writing: of two
-- events of one aggregate the later one was written when the first had committed.
CREATE OR REPLACE FUNCTION outbox.tick(most integer) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET jit = off SET enable_seqscan = off SET enable_bitmapscan = off AS $$
DECLARE
  -- Every statement of this function sees what committed before it: also the tick of whoever had
  -- the lock before.
  last outbox.ticks;
  batch outbox.ticks;
  placed integer;
BEGIN
  IF NOT pg_try_advisory_xact_lock(768501) THEN RETURN -1; END IF;
  SELECT * INTO last FROM outbox.ticks AS t ORDER BY t.position DESC LIMIT 1;
  IF NOT outbox.is_home() THEN
    PERFORM outbox.move_in();
    RETURN (SELECT t.position - last.position FROM outbox.ticks AS t);
  END IF;
  batch := last;
  IF last.reached IS NOT NULL THEN placed := outbox.place(last, last.reached, most); END IF;
  IF placed IS NULL OR placed = 0 THEN
    batch.since := last.seen;
    batch.since_sequence := last.seen_sequence;
    batch.since_transaction := last.seen_transaction;
    batch.seen_sequence := outbox.drawn_sequence();
    batch.seen_transaction := NULL;
    batch.seen := pg_current_snapshot();
    placed := outbox.place(batch, 0, most);
  END IF;
  IF placed = 0 THEN RETURN 0; END IF;
  INSERT INTO outbox.ticks (
    position, since, seen, since_sequence, since_transaction, seen_sequence, seen_transaction,
    reached)
  SELECT p.position, batch.since, batch.seen, batch.since_sequence, batch.since_transaction,
         batch.seen_sequence, COALESCE(batch.seen_transaction, pg_current_xact_id()),
         CASE WHEN placed = most THEN p.sequence END
  FROM outbox.positions AS p WHERE p.position = last.position + placed;
  RETURN placed;
END
$$;

-- As before, and true also where nothing was placed since the database was restored.
CREATE OR REPLACE FUNCTION outbox.standing() RETURNS TABLE (
  name text, place bigint, head bigint, oldest_at timestamptz, deferred bigint, dead bigint
)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  last outbox.ticks;
  unplaced timestamptz;
BEGIN
  SELECT * INTO last FROM outbox.ticks AS t ORDER BY t.position DESC LIMIT 1;
  SELECT e.occurred_at INTO unplaced FROM outbox.events AS e
  WHERE e.sequence > last.seen_sequence
    AND (e.transaction_id >= pg_snapshot_xmax(last.seen) OR NOT outbox.is_home()) IS TRUE
  ORDER BY e.sequence LIMIT 1;
  head := last.position;
  FOR name IN SELECT c.name FROM outbox.consumers AS c ORDER BY c.name LOOP
    SELECT p.position INTO place FROM outbox.passes AS p
    WHERE p.consumer = standing.name ORDER BY p.position DESC LIMIT 1;
    place := COALESCE(place, 0);
    SELECT e.occurred_at INTO oldest_at FROM outbox.events AS e
    WHERE e.sequence = (
      SELECT p.sequence FROM outbox.positions AS p WHERE p.position = place + 1);
    oldest_at := least(oldest_at, unplaced);
    SELECT count(*) INTO deferred FROM (
      SELECT 1 FROM outbox.deferred AS d WHERE d.consumer = standing.name LIMIT 10000) AS d;
    SELECT count(*) INTO dead FROM (
      SELECT 1 FROM outbox.dead_letters AS d
      WHERE d.settled_as IS NULL AND d.consumer = standing.name LIMIT 10000) AS d;
    RETURN NEXT;
  END LOOP;
END
$$;

-- What operators decide is decided once, however often they say it.
GRANT SELECT, INSERT, DELETE ON souk.idempotency_keys TO souk_ops;
