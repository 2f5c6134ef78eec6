-- How long events are kept is a time, whatever their number: a partition closes also by its age.

-- Lets what comes next go into the next partition when the one in use holds an event that is older
-- than `age`: the numbers up to there are left out. Returns whether it did. Where somebody writes
-- for long, or there is no next one yet, that is left for another time.
CREATE FUNCTION outbox.leave_partition(age interval) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET lock_timeout = '100ms' SET jit = off SET enable_seqscan = off AS $$
DECLARE
  start bigint;
  oldest timestamptz;
BEGIN
  -- The lock of those who make and drop partitions.
  IF NOT pg_try_advisory_xact_lock(768502) THEN RETURN false; END IF;
  -- Of the partition in use, or of the range that has none and lies among the rest.
  SELECT max(b.value) INTO start
  FROM outbox.partitions AS p
  CROSS JOIN LATERAL (VALUES (p.first_value), (p.end_value)) AS b (value)
  WHERE p.parent = 'events' AND b.value <= outbox.drawn_sequence();
  SELECT e.occurred_at INTO oldest FROM outbox.events AS e
  WHERE e.sequence >= COALESCE(start, 0) ORDER BY e.sequence LIMIT 1;
  IF oldest IS NULL OR oldest > now() - age THEN RETURN false; END IF;
  -- Nobody writes now. So nobody draws numbers behind which this one would be set back, and nobody
  -- draws one later who began when the next partition was not there: that would be refused.
  LOCK TABLE ONLY outbox.events IN SHARE MODE;
  -- The border itself counts as drawn: it closes what lies before it, even if nothing comes.
  PERFORM setval('outbox.events_sequence_seq', n.first_value)
  FROM (
    SELECT p.first_value FROM outbox.partitions AS p
    WHERE p.parent = 'events' AND p.first_value > outbox.drawn_sequence()
    ORDER BY p.first_value LIMIT 1
  ) AS n;
  RETURN FOUND;
EXCEPTION WHEN lock_not_available THEN
  RETURN false;
END
$$;

-- Whether `seen` sees all that can be seen of a partition of events now.
CREATE FUNCTION outbox.is_passed(name text, seen pg_snapshot) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
SET jit = off SET enable_seqscan = off AS $$
DECLARE
  answer boolean;
BEGIN
  EXECUTE format(
    'SELECT NOT EXISTS ('
    ' SELECT FROM outbox.%I AS e WHERE e.transaction_id >= pg_snapshot_xmin($1)'
    ' AND NOT pg_visible_in_snapshot(e.transaction_id, $1))', name) INTO answer USING seen;
  RETURN answer;
END
$$;

REVOKE EXECUTE ON FUNCTION outbox.leave_partition(interval), outbox.is_passed(text, pg_snapshot)
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION outbox.leave_partition(interval) TO souk_scheduler;

-- Drops partitions that every consumer has passed and into which nothing came for `keep`. Returns
-- how many. One that is in use is left for another time. As before, and it needs no event after
-- those: a shop where nothing happens any more is forgotten too.
CREATE OR REPLACE FUNCTION outbox.drop_partitions(keep interval) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET lock_timeout = '100ms' AS $$
DECLARE
  passed bigint;
  settled pg_snapshot;
  partition record;
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
  -- All that it sees has its positions, and consumers have passed those.
  SELECT t.seen INTO settled FROM outbox.ticks AS t
  WHERE t.position <= passed AND t.reached IS NULL ORDER BY t.position DESC LIMIT 1;
  FOR partition IN
    SELECT p.parent, p.name FROM outbox.partitions AS p
    WHERE p.closed_at <= now() - keep AND (p.parent = 'events' OR p.end_value <= passed)
    ORDER BY p.parent, p.first_value
  LOOP
    BEGIN
      IF partition.parent = 'events' THEN
        CONTINUE WHEN NOT outbox.is_passed(partition.name, COALESCE(settled, '1:1:'));
        -- What dropping waits for anyway: whoever wrote there is done, and what came of it is seen.
        LOCK TABLE ONLY outbox.events IN ACCESS EXCLUSIVE MODE;
        CONTINUE WHEN NOT outbox.is_passed(partition.name, COALESCE(settled, '1:1:'));
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
