-- Answers to requests that carried an Idempotency-Key, kept for 24 hours per caller.

CREATE TABLE souk.idempotency_keys (
  caller       uuid        NOT NULL,
  key          text        NOT NULL,
  fingerprint  bytea       NOT NULL,
  status       integer     NOT NULL,
  content_type text,
  location     text,
  etag         text,
  body         bytea       NOT NULL,
  created_at   timestamptz NOT NULL,
  CONSTRAINT idempotency_keys_pkey PRIMARY KEY (caller, key),
  CONSTRAINT idempotency_keys_key_length CHECK (length(key) BETWEEN 1 AND 255)
);

CREATE INDEX idempotency_keys_by_age ON souk.idempotency_keys (created_at);

-- Takes the key for the calling transaction. The lock comes before the look, and each statement
-- of a volatile function sees what committed before it began: whoever gets the lock sees what the
-- one before it stored.
CREATE FUNCTION souk.claim_idempotency_key(of_caller uuid, wanted text, at timestamptz)
RETURNS TABLE (
  state text, fingerprint bytea, status integer, content_type text, location text, etag text,
  body bytea
)
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtextextended(of_caller::text || wanted, 0)) THEN
    RETURN QUERY SELECT 'running', NULL::bytea, NULL::integer, NULL, NULL, NULL, NULL::bytea;
    RETURN;
  END IF;
  DELETE FROM souk.idempotency_keys AS k
  WHERE k.caller = of_caller AND k.key = wanted AND k.created_at < at - interval '24 hours';
  RETURN QUERY
    SELECT 'stored', k.fingerprint, k.status, k.content_type, k.location, k.etag, k.body
    FROM souk.idempotency_keys AS k
    WHERE k.caller = of_caller AND k.key = wanted;
  IF NOT FOUND THEN
    RETURN QUERY SELECT 'fresh', NULL::bytea, NULL::integer, NULL, NULL, NULL, NULL::bytea;
  END IF;
END
$$;

GRANT SELECT, INSERT, DELETE ON souk.idempotency_keys TO souk_auth, souk_users;
