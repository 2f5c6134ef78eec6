-- The event log: committed events get positions without gaps, consumers keep their places in it,
-- and what a consumer cannot take waits aside without holding up others.
--
-- Nothing here is updated or deleted on the way of an ordinary event, so no open transaction,
-- however old, can turn it into bloat: places are appended, and old ones go with their partition.

SELECT souk.create_role_if_missing('souk_scheduler');

ALTER TABLE outbox.events RENAME TO unlogged_events;
ALTER SEQUENCE outbox.events_sequence_seq RENAME TO unlogged_events_sequence_seq;
ALTER TABLE outbox.unlogged_events RENAME CONSTRAINT events_pkey TO unlogged_events_pkey;

CREATE TABLE outbox.events (
  -- The first column, so that a transaction gets its id before it draws a sequence number.
  transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id(),
  -- Order of writing, not of committing: a lower one can become visible later.
  sequence bigint GENERATED ALWAYS AS IDENTITY,
  id uuid NOT NULL,
  type text NOT NULL
    CONSTRAINT events_type_form CHECK (type ~ '^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*\.v[0-9]+$'),
  aggregate_type text NOT NULL
    CONSTRAINT events_aggregate_type_form CHECK (aggregate_type ~ '^[a-z][a-z0-9_]*$'),
  aggregate_id uuid NOT NULL,
  occurred_at timestamptz NOT NULL,
  payload jsonb NOT NULL
    CONSTRAINT events_payload_is_object CHECK (jsonb_typeof(payload) = 'object'),
  -- W3C trace context, when a traced request wrote the event.
  trace_parent text
    CONSTRAINT events_trace_parent_length CHECK (length(trace_parent) <= 64),
  CONSTRAINT events_pkey PRIMARY KEY (sequence)
) PARTITION BY RANGE (sequence);

CREATE INDEX events_by_transaction ON outbox.events (transaction_id, sequence);

CREATE TABLE outbox.positions (
  position bigint NOT NULL,
  sequence bigint NOT NULL,
  CONSTRAINT positions_pkey PRIMARY KEY (position)
) PARTITION BY RANGE (position);

-- One row for every batch of positions: what had become visible between two snapshots.
CREATE TABLE outbox.ticks (
  -- The last position of the batch.
  position bigint NOT NULL,
  -- The batch is what `seen` sees and `since` did not.
  since pg_snapshot NOT NULL,
  seen pg_snapshot NOT NULL,
  -- For each of the two, the highest sequence number drawn before it was taken, and a transaction
  -- that began after that. Later transactions draw higher numbers. The snapshot itself cannot tell:
  -- transactions may have begun that lie beyond its end.
  since_sequence bigint NOT NULL,
  since_transaction xid8 NOT NULL,
  seen_sequence bigint NOT NULL,
  seen_transaction xid8 NOT NULL,
  -- How far a batch has come that is too large for one transaction; null at its end.
  reached bigint,
  taken_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT ticks_pkey PRIMARY KEY (position)
) PARTITION BY RANGE (position);

-- Where a consumer has come to: its newest row counts.
CREATE TABLE outbox.passes (
  position bigint NOT NULL,
  consumer text NOT NULL,
  passed_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT passes_pkey PRIMARY KEY (consumer, position)
) PARTITION BY RANGE (position);

-- The row is the lease: who works for a consumer has it locked. It never changes.
CREATE TABLE outbox.consumers (
  name text NOT NULL,
  registered_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT consumers_pkey PRIMARY KEY (name),
  CONSTRAINT consumers_name_form CHECK (name ~ '^[a-z][a-z0-9_]{0,62}$')
);

-- An event that a consumer could not take, and behind it, in order, all later ones of the same
-- aggregate. Each has a copy of its event, which may outlive the log.
CREATE TABLE outbox.deferred (
  consumer text NOT NULL,
  position bigint NOT NULL,
  id uuid NOT NULL,
  type text NOT NULL,
  aggregate_type text NOT NULL,
  aggregate_id uuid NOT NULL,
  occurred_at timestamptz NOT NULL,
  payload jsonb NOT NULL,
  trace_parent text,
  attempts integer NOT NULL,
  next_at timestamptz NOT NULL,
  error text,
  CONSTRAINT deferred_pkey PRIMARY KEY (consumer, position),
  CONSTRAINT deferred_consumer_fkey FOREIGN KEY (consumer) REFERENCES outbox.consumers (name),
  CONSTRAINT deferred_attempts_positive CHECK (attempts >= 0)
);

CREATE INDEX deferred_by_aggregate
  ON outbox.deferred (consumer, aggregate_id, aggregate_type, position);
CREATE INDEX deferred_due ON outbox.deferred (consumer, next_at);

-- Given up after many attempts, for a person to look at. The row stays when it was settled.
CREATE TABLE outbox.dead_letters (
  number bigint GENERATED ALWAYS AS IDENTITY,
  consumer text NOT NULL,
  position bigint NOT NULL,
  id uuid NOT NULL,
  type text NOT NULL,
  aggregate_type text NOT NULL,
  aggregate_id uuid NOT NULL,
  occurred_at timestamptz NOT NULL,
  payload jsonb NOT NULL,
  trace_parent text,
  attempts integer NOT NULL,
  error text NOT NULL,
  died_at timestamptz NOT NULL,
  -- What became of it, who decided it, and why.
  settled_as text,
  settled_at timestamptz,
  settled_by text,
  settled_because text,
  CONSTRAINT dead_letters_pkey PRIMARY KEY (number),
  CONSTRAINT dead_letters_consumer_fkey FOREIGN KEY (consumer) REFERENCES outbox.consumers (name),
  CONSTRAINT dead_letters_settled_as_known CHECK (settled_as IN ('replayed', 'dropped')),
  CONSTRAINT dead_letters_settled_whole CHECK (
    num_nonnulls(settled_as, settled_at, settled_by, settled_because) IN (0, 4)),
  CONSTRAINT dead_letters_because_length CHECK (length(settled_because) BETWEEN 1 AND 500)
);

CREATE INDEX dead_letters_open ON outbox.dead_letters (consumer, number) WHERE settled_as IS NULL;

-- Which values each partition takes.
CREATE TABLE outbox.partitions (
  parent text NOT NULL,
  first_value bigint NOT NULL,
  -- The first that is not in it any more.
  end_value bigint NOT NULL,
  name text NOT NULL,
  -- Since when nothing new comes into it.
  closed_at timestamptz,
  CONSTRAINT partitions_pkey PRIMARY KEY (parent, first_value),
  CONSTRAINT partitions_name_unique UNIQUE (name)
);

-- Where a partition is missing, because the scheduler was away for long, writing goes on here.
CREATE TABLE outbox.events_rest PARTITION OF outbox.events DEFAULT;
CREATE TABLE outbox.positions_rest PARTITION OF outbox.positions DEFAULT;
CREATE TABLE outbox.ticks_rest PARTITION OF outbox.ticks DEFAULT;
CREATE TABLE outbox.passes_rest PARTITION OF outbox.passes DEFAULT;

CREATE FUNCTION outbox.drawn_sequence() RETURNS bigint
LANGUAGE sql VOLATILE AS $$
  SELECT CASE WHEN s.is_called THEN s.last_value ELSE s.last_value - 1 END
  FROM outbox.events_sequence_seq AS s
$$;

-- Makes one partition. It is attached, which writers do not notice, unlike creating it in place.
-- What already lies among the rest keeps that range for the rest.
CREATE FUNCTION outbox.make_partition(parent text, first_value bigint, end_value bigint)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  name text := format('%s_%s', parent, first_value);
BEGIN
  EXECUTE format(
    'CREATE TABLE outbox.%I (LIKE outbox.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS'
    ' INCLUDING INDEXES)', name, parent);
  EXECUTE format(
    'ALTER TABLE outbox.%I ATTACH PARTITION outbox.%I FOR VALUES FROM (%s) TO (%s)',
    parent, name, first_value, end_value);
  INSERT INTO outbox.partitions (parent, first_value, end_value, name)
  VALUES (parent, first_value, end_value, name);
  RETURN true;
EXCEPTION WHEN check_violation OR lock_not_available THEN
  RETURN false;
END
$$;

-- Sees to it that the partition in use and `ahead` more are there, each for `size` values.
-- Returns how many it made.
CREATE FUNCTION outbox.make_partitions(size bigint, ahead integer) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET lock_timeout = '100ms' AS $$
DECLARE
  family record;
  next_value bigint;
  made integer := 0;
BEGIN
  IF NOT pg_try_advisory_xact_lock(768502) THEN RETURN 0; END IF;
  FOR family IN
    SELECT f.parent, f.reached FROM (
      VALUES
        ('events', outbox.drawn_sequence()),
        ('positions', (SELECT max(t.position) FROM outbox.ticks AS t)),
        ('ticks', (SELECT max(t.position) FROM outbox.ticks AS t)),
        ('passes', (SELECT max(t.position) FROM outbox.ticks AS t))
    ) AS f (parent, reached)
  LOOP
    SELECT max(p.end_value) INTO next_value
    FROM outbox.partitions AS p WHERE p.parent = family.parent;
    -- A range that was missed lies among the rest by now.
    next_value := greatest(next_value, COALESCE(family.reached, 0) / size * size);
    WHILE next_value <= COALESCE(family.reached, 0) + ahead * size LOOP
      IF outbox.make_partition(family.parent, next_value, next_value + size) THEN
        made := made + 1;
      END IF;
      next_value := next_value + size;
    END LOOP;
  END LOOP;
  RETURN made;
END
$$;

-- Drops partitions that every consumer has passed and into which nothing came for `keep`. Returns
-- how many. One that is in use is left for another time.
CREATE FUNCTION outbox.drop_partitions(keep interval) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET lock_timeout = '100ms' AS $$
DECLARE
  passed bigint;
  settled xid8;
  partition record;
  newest xid8;
  dropped integer := 0;
BEGIN
  IF NOT pg_try_advisory_xact_lock(768502) THEN RETURN 0; END IF;
  SELECT min(COALESCE(
    (SELECT max(a.position) FROM outbox.passes AS a WHERE a.consumer = c.name), 0)) INTO passed
  FROM outbox.consumers AS c;
  UPDATE outbox.partitions AS p SET closed_at = now()
  WHERE p.closed_at IS NULL AND p.end_value <= CASE p.parent
    WHEN 'events' THEN outbox.drawn_sequence()
    ELSE (SELECT max(t.position) FROM outbox.ticks AS t) END;
  -- All transactions before this one have their positions, and consumers have passed those.
  SELECT pg_snapshot_xmin(t.seen) INTO settled FROM outbox.ticks AS t
  WHERE t.position <= passed AND t.reached IS NULL ORDER BY t.position DESC LIMIT 1;
  FOR partition IN
    SELECT p.parent, p.name FROM outbox.partitions AS p
    WHERE p.closed_at <= now() - keep AND (p.parent = 'events' OR p.end_value <= passed)
    ORDER BY p.parent, p.first_value
  LOOP
    BEGIN
      IF partition.parent = 'events' THEN
        EXECUTE format(
          'SELECT e.transaction_id FROM outbox.%I AS e ORDER BY e.transaction_id DESC LIMIT 1',
          partition.name) INTO newest;
        CONTINUE WHEN newest >= settled OR (newest IS NOT NULL AND settled IS NULL);
      END IF;
      EXECUTE format('DROP TABLE outbox.%I', partition.name);
      DELETE FROM outbox.partitions AS p WHERE p.name = partition.name;
      dropped := dropped + 1;
    EXCEPTION WHEN lock_not_available THEN
      NULL;
    END;
  END LOOP;
  RETURN dropped;
END
$$;

-- What had to go among the rest is emptied as a partition would be dropped, as soon as `keep` has
-- gone by for the last of it.
CREATE FUNCTION outbox.empty_rest(keep interval) RETURNS void
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
  IF EXISTS (SELECT 1 FROM outbox.events_rest) AND NOT EXISTS (
    SELECT 1 FROM outbox.events_rest AS e
    WHERE settled.seen IS NULL OR e.transaction_id >= pg_snapshot_xmin(settled.seen)
  ) THEN
    TRUNCATE outbox.events_rest;
  END IF;
  -- The newest rows of these three are where everybody stands: they stay.
  IF EXISTS (SELECT 1 FROM outbox.positions_rest) AND settled.position > (
    SELECT max(p.position) FROM outbox.positions_rest AS p
  ) THEN
    TRUNCATE outbox.positions_rest, outbox.ticks_rest, outbox.passes_rest;
  END IF;
EXCEPTION WHEN lock_not_available THEN
  NULL;
END
$$;

-- Gives positions to the next events of the batch, at most `most`: those it sees and did not see
-- before, after the given number in the order of writing.
CREATE FUNCTION outbox.place(batch outbox.ticks, after_sequence bigint, most integer)
RETURNS integer
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  ended xid8[];
  placed integer;
BEGIN
  -- What was running then and has ended since. Its events can lie far back.
  ended := ARRAY(
    SELECT x FROM pg_snapshot_xip(batch.since) AS x WHERE pg_visible_in_snapshot(x, batch.seen));
  INSERT INTO outbox.positions (position, sequence)
  SELECT batch.position + row_number() OVER (ORDER BY b.sequence), b.sequence
  FROM (
    SELECT u.sequence FROM (
      -- Two go along transactions and one along the sequence, whatever the planner thinks of it:
      -- conditions that must not choose the index are wrapped.
      (SELECT e.sequence FROM outbox.events AS e
       WHERE e.transaction_id = ANY (ended) AND (e.sequence > after_sequence) IS TRUE
       ORDER BY e.sequence + 0 LIMIT most)
      UNION ALL
      (SELECT e.sequence FROM outbox.events AS e
       WHERE e.transaction_id >= pg_snapshot_xmax(batch.since)
         AND e.transaction_id <= batch.since_transaction
         AND pg_visible_in_snapshot(e.transaction_id, batch.seen)
         AND (e.sequence > after_sequence) IS TRUE
       ORDER BY e.sequence + 0 LIMIT most)
      UNION ALL
      (SELECT e.sequence FROM outbox.events AS e
       WHERE e.sequence > greatest(batch.since_sequence, after_sequence)
         AND (e.transaction_id > batch.since_transaction) IS TRUE
         AND pg_visible_in_snapshot(e.transaction_id, batch.seen)
       ORDER BY e.sequence LIMIT most)
    ) AS u ORDER BY u.sequence LIMIT most
  ) AS b;
  GET DIAGNOSTICS placed = ROW_COUNT;
  RETURN placed;
END
$$;

-- Gives positions to events that committed since the last call, at most `most`, and returns how
-- many; -1 when somebody else is doing it. Within a batch the order is that of writing: of two
-- events of one aggregate the later one was written when the first had committed.
CREATE FUNCTION outbox.tick(most integer) RETURNS integer
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

SELECT outbox.make_partitions(1048576, 1);

INSERT INTO outbox.events (
  transaction_id, sequence, id, type, aggregate_type, aggregate_id, occurred_at, payload,
  trace_parent
) OVERRIDING SYSTEM VALUE
SELECT u.transaction_id, u.sequence, u.id, u.type, u.aggregate_type, u.aggregate_id, u.occurred_at,
       u.payload, u.trace_parent
FROM outbox.unlogged_events AS u ORDER BY u.sequence;

SELECT setval('outbox.events_sequence_seq', max(e.sequence)) FROM outbox.events AS e
HAVING max(e.sequence) IS NOT NULL;

DROP TABLE outbox.unlogged_events;

-- Before it there was nothing.
INSERT INTO outbox.ticks (
  position, since, seen, since_sequence, since_transaction, seen_sequence, seen_transaction)
VALUES (0, '1:1:', '1:1:', 0, '0', 0, '0');

-- How things stand, for dashboards: nothing is counted that can be large. Positions have no gaps,
-- so a backlog is a difference. `oldest_at` is when the oldest event happened that the consumer has
-- not heard of, whether or not it has a position.
CREATE FUNCTION outbox.standing() RETURNS TABLE (
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
    AND (e.transaction_id >= pg_snapshot_xmax(last.seen)) IS TRUE
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

-- Takes a dead letter out of the rest: back to its consumer, or away. False when there is no such
-- letter that waits.
CREATE FUNCTION outbox.settle_dead_letter(
  wanted bigint, outcome text, decided_by text, because text, at timestamptz
) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE outbox.dead_letters AS d
  SET settled_as = outcome, settled_at = at, settled_by = decided_by, settled_because = because
  WHERE d.number = wanted AND d.settled_as IS NULL;
  IF NOT FOUND THEN RETURN false; END IF;
  IF outcome = 'replayed' THEN
    INSERT INTO outbox.deferred (
      consumer, position, id, type, aggregate_type, aggregate_id, occurred_at, payload,
      trace_parent, attempts, next_at)
    SELECT d.consumer, d.position, d.id, d.type, d.aggregate_type, d.aggregate_id, d.occurred_at,
           d.payload, d.trace_parent, 0, at
    FROM outbox.dead_letters AS d WHERE d.number = wanted
    ON CONFLICT ON CONSTRAINT deferred_pkey DO NOTHING;
  END IF;
  RETURN true;
END
$$;

REVOKE EXECUTE ON FUNCTION
  outbox.drawn_sequence(), outbox.make_partition(text, bigint, bigint),
  outbox.make_partitions(bigint, integer), outbox.drop_partitions(interval),
  outbox.empty_rest(interval), outbox.standing(),
  outbox.place(outbox.ticks, bigint, integer), outbox.tick(integer),
  outbox.settle_dead_letter(bigint, text, text, text, timestamptz)
FROM PUBLIC;

-- Writers append and do nothing else. The identity column needs no grant on its sequence.
GRANT INSERT ON outbox.events TO souk_auth, souk_users, souk_shops, souk_catalog, souk_inventory;

GRANT USAGE ON SCHEMA souk, outbox TO souk_scheduler;
GRANT SELECT ON souk.migrations TO souk_scheduler;
GRANT SELECT, INSERT ON outbox.events TO souk_scheduler;
GRANT SELECT ON outbox.positions, outbox.ticks TO souk_scheduler;
GRANT SELECT, INSERT ON outbox.passes TO souk_scheduler;
-- A lease is a lock, and a lock needs the right to update.
GRANT SELECT, INSERT, UPDATE (registered_at) ON outbox.consumers TO souk_scheduler;
GRANT SELECT, INSERT, UPDATE, DELETE ON outbox.deferred TO souk_scheduler;
GRANT INSERT ON outbox.dead_letters TO souk_scheduler;
GRANT EXECUTE ON FUNCTION
  outbox.tick(integer), outbox.make_partitions(bigint, integer), outbox.drop_partitions(interval),
  outbox.empty_rest(interval), outbox.standing()
TO souk_scheduler;

GRANT USAGE ON SCHEMA outbox TO souk_ops;
GRANT SELECT ON outbox.dead_letters TO souk_ops;
GRANT EXECUTE ON FUNCTION
  outbox.standing(), outbox.settle_dead_letter(bigint, text, text, text, timestamptz)
TO souk_ops;
