-- Events that others must hear of, written in the transaction of what they tell about.

CREATE SCHEMA outbox;

CREATE TABLE outbox.events (
  -- Order of writing, not of committing: a lower one can become visible later.
  sequence bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT events_pkey PRIMARY KEY,
  -- The drain takes what lies below the oldest transaction still running.
  transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id(),
  id uuid NOT NULL CONSTRAINT events_id_unique UNIQUE,
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
    CONSTRAINT events_trace_parent_length CHECK (length(trace_parent) <= 64)
);

-- A writer appends and does nothing else. The identity column needs no grant on its sequence.
GRANT USAGE ON SCHEMA outbox TO souk_auth, souk_users;
GRANT INSERT ON outbox.events TO souk_auth, souk_users;
