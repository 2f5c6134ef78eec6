-- Sagas: what was begun for a subject, such as an order, and has to end well or be undone.

CREATE SCHEMA saga;
CREATE SCHEMA saga_api;

CREATE TABLE saga.sagas (
  id uuid NOT NULL,
  definition text NOT NULL,
  subject uuid NOT NULL,
  -- The how manieth for this subject.
  run integer NOT NULL,
  state text NOT NULL,
  -- The present step: the next to do, or to undo.
  step text,
  -- How often the present step was asked and was not done, and how often in a row it failed.
  attempts integer NOT NULL DEFAULT 0,
  failures integer NOT NULL DEFAULT 0,
  -- When it is looked at again; null when it is over.
  due_at timestamptz,
  -- In words for people, while it waits.
  waiting_for text,
  last_error text,
  -- Somebody wants it undone; the next turn begins with that.
  turn_back_because text,
  -- Why it was turned round.
  refused_because text,
  -- The money that is at risk until it is over.
  stake_amount bigint,
  stake_currency text,
  trace_parent text,
  started_at timestamptz NOT NULL,
  changed_at timestamptz NOT NULL,
  finished_at timestamptz,
  CONSTRAINT sagas_pkey PRIMARY KEY (id),
  CONSTRAINT sagas_run_unique UNIQUE (definition, subject, run),
  CONSTRAINT sagas_definition_form CHECK (definition ~ '^[a-z][a-z0-9_]{0,62}$'),
  CONSTRAINT sagas_state_known CHECK (
    state IN ('running', 'waiting', 'undoing', 'done', 'undone', 'stuck')),
  CONSTRAINT sagas_due_while_live CHECK ((state IN ('done', 'undone')) = (due_at IS NULL)),
  CONSTRAINT sagas_finished_when_over CHECK (
    (state IN ('done', 'undone')) = (finished_at IS NOT NULL)),
  CONSTRAINT sagas_stake_whole CHECK ((stake_amount IS NULL) = (stake_currency IS NULL)),
  CONSTRAINT sagas_counts_positive CHECK (run > 0 AND attempts >= 0 AND failures >= 0)
) WITH (fillfactor = 70);

CREATE UNIQUE INDEX sagas_live_unique ON saga.sagas (definition, subject)
  WHERE state NOT IN ('done', 'undone');
CREATE INDEX sagas_due ON saga.sagas (due_at) WHERE due_at IS NOT NULL;
-- For operators, who look at one state, newest first.
CREATE INDEX sagas_by_state ON saga.sagas (state, id DESC);

-- Append-only. A row is the barrier: what it names took effect, together with it, and never will
-- again. 'begun' is a step that wrote something and waits; it is undone like one that is done.
CREATE TABLE saga.steps (
  saga_id uuid NOT NULL,
  step text NOT NULL,
  mark text NOT NULL,
  attempts integer NOT NULL,
  -- What it waited for, or why an operator skipped it.
  note text,
  at timestamptz NOT NULL,
  CONSTRAINT steps_pkey PRIMARY KEY (saga_id, step, mark),
  CONSTRAINT steps_saga_fkey FOREIGN KEY (saga_id) REFERENCES saga.sagas (id),
  CONSTRAINT steps_mark_known CHECK (mark IN ('begun', 'done', 'undone'))
);

-- What operators decided. Append-only.
CREATE TABLE saga.decisions (
  number bigint GENERATED ALWAYS AS IDENTITY,
  saga_id uuid NOT NULL,
  verb text NOT NULL,
  step text,
  decided_by text NOT NULL,
  because text NOT NULL,
  decided_at timestamptz NOT NULL,
  CONSTRAINT decisions_pkey PRIMARY KEY (number),
  CONSTRAINT decisions_saga_fkey FOREIGN KEY (saga_id) REFERENCES saga.sagas (id),
  CONSTRAINT decisions_verb_known CHECK (verb IN ('retry', 'compensate', 'skip')),
  CONSTRAINT decisions_because_length CHECK (length(because) BETWEEN 1 AND 500)
);

CREATE INDEX decisions_by_saga ON saga.decisions (saga_id, number);

-- An operator's word, and the record of it. Returns 'ok', 'unknown', or 'over' when there is
-- nothing left to decide.
CREATE FUNCTION saga.decide(
  wanted uuid, chosen text, decider text, reason text, now_is timestamptz
) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  found_saga saga.sagas;
BEGIN
  SELECT * INTO found_saga FROM saga.sagas AS s WHERE s.id = wanted FOR UPDATE;
  IF NOT FOUND THEN RETURN 'unknown'; END IF;
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
  IF chosen = 'skip' THEN
    INSERT INTO saga.steps (saga_id, step, mark, attempts, note, at)
    VALUES (
      wanted, found_saga.step,
      CASE WHEN found_saga.state IN ('undoing', 'stuck') THEN 'undone' ELSE 'done' END,
      found_saga.attempts, reason, now_is)
    ON CONFLICT ON CONSTRAINT steps_pkey DO NOTHING;
  END IF;
  UPDATE saga.sagas AS s
  SET state = CASE s.state WHEN 'stuck' THEN 'undoing' WHEN 'done' THEN 'running' ELSE s.state END,
      turn_back_because = CASE WHEN chosen = 'compensate' THEN reason ELSE s.turn_back_because END,
      step = CASE WHEN chosen = 'skip' THEN NULL ELSE s.step END,
      failures = 0, due_at = now_is, finished_at = NULL, changed_at = now_is
  WHERE s.id = wanted;
  INSERT INTO saga.decisions (saga_id, verb, step, decided_by, because, decided_at)
  VALUES (wanted, chosen, found_saga.step, decider, reason, now_is);
  RETURN 'ok';
END
$$;

REVOKE EXECUTE ON FUNCTION saga.decide(uuid, text, text, text, timestamptz) FROM PUBLIC;

-- For timelines: how things stand with the newest run, and what was done and undone in all.
CREATE VIEW saga_api.standing AS
  SELECT s.definition, s.subject, s.run, s.id, s.state, s.step, s.attempts, s.due_at,
         s.waiting_for, s.refused_because, s.started_at, s.changed_at, s.finished_at
  FROM saga.sagas AS s;

CREATE VIEW saga_api.steps AS
  SELECT s.definition, s.subject, s.run, t.saga_id, t.step, t.mark, t.attempts, t.note, t.at
  FROM saga.sagas AS s JOIN saga.steps AS t ON t.saga_id = s.id;

GRANT USAGE ON SCHEMA saga TO souk_scheduler, souk_ops;
GRANT SELECT, INSERT, UPDATE ON saga.sagas TO souk_scheduler;
GRANT SELECT, INSERT ON saga.steps TO souk_scheduler;
GRANT SELECT ON saga.sagas, saga.steps, saga.decisions TO souk_ops;
GRANT EXECUTE ON FUNCTION saga.decide(uuid, text, text, text, timestamptz) TO souk_ops;

-- What the scheduler tidies in other schemas, at most so many rows at a time, of those that
-- nobody is at work on.

CREATE INDEX sessions_by_expiry ON identity.sessions (expires_at);
CREATE INDEX mail_tokens_by_expiry ON identity.mail_tokens (expires_at);

CREATE FUNCTION souk.forget_idempotency_keys(before timestamptz, most integer) RETURNS integer
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH gone AS (
    DELETE FROM souk.idempotency_keys AS k USING (
      SELECT o.caller, o.key FROM souk.idempotency_keys AS o
      WHERE o.created_at < before ORDER BY o.created_at LIMIT most FOR UPDATE SKIP LOCKED
    ) AS old
    WHERE k.caller = old.caller AND k.key = old.key RETURNING 1
  )
  SELECT count(*)::integer FROM gone
$$;

CREATE FUNCTION identity_api.forget_mail_tokens(before timestamptz, most integer) RETURNS integer
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH gone AS (
    DELETE FROM identity.mail_tokens AS t USING (
      SELECT o.hash FROM identity.mail_tokens AS o
      WHERE o.expires_at < before ORDER BY o.expires_at LIMIT most FOR UPDATE SKIP LOCKED
    ) AS old
    WHERE t.hash = old.hash RETURNING 1
  )
  SELECT count(*)::integer FROM gone
$$;

-- Sessions that ran out or were ended, with their tokens.
CREATE FUNCTION identity_api.forget_sessions(before timestamptz, most integer) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  old uuid[];
BEGIN
  old := ARRAY(
    SELECT s.id FROM identity.sessions AS s
    WHERE s.expires_at < before ORDER BY s.expires_at LIMIT most FOR UPDATE SKIP LOCKED);
  IF cardinality(old) = 0 THEN
    old := ARRAY(
      SELECT s.id FROM identity.sessions AS s
      WHERE s.ended_at < before ORDER BY s.ended_at LIMIT most FOR UPDATE SKIP LOCKED);
  END IF;
  DELETE FROM identity.refresh_tokens AS t WHERE t.session_id = ANY (old);
  DELETE FROM identity.sessions AS s WHERE s.id = ANY (old);
  RETURN cardinality(old);
END
$$;

CREATE FUNCTION cart_api.forget_guest_carts(before timestamptz, most integer) RETURNS integer
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH gone AS (
    DELETE FROM cart.carts AS c USING (
      SELECT o.id FROM cart.carts AS o
      WHERE o.expires_at < before ORDER BY o.expires_at LIMIT most FOR UPDATE SKIP LOCKED
    ) AS old
    WHERE c.id = old.id RETURNING 1
  )
  SELECT count(*)::integer FROM gone
$$;

REVOKE EXECUTE ON FUNCTION souk.forget_idempotency_keys(timestamptz, integer),
  identity_api.forget_mail_tokens(timestamptz, integer),
  identity_api.forget_sessions(timestamptz, integer),
  cart_api.forget_guest_carts(timestamptz, integer) FROM PUBLIC;

GRANT USAGE ON SCHEMA identity_api, cart_api TO souk_scheduler;
GRANT EXECUTE ON FUNCTION souk.forget_idempotency_keys(timestamptz, integer),
  identity_api.forget_mail_tokens(timestamptz, integer),
  identity_api.forget_sessions(timestamptz, integer),
  cart_api.forget_guest_carts(timestamptz, integer) TO souk_scheduler;
GRANT SELECT ON identity_api.live_sessions, identity_api.recent_revocations TO souk_scheduler;
