-- What a promotion took off an order is money like any other.
UPDATE orders.orders AS o SET promotions = (
  SELECT jsonb_agg(
    jsonb_build_object('code', NULL) || e.applied || jsonb_build_object(
      'amount', jsonb_build_object('amount', e.applied -> 'amount', 'currency', o.currency))
    ORDER BY e.place)
  FROM jsonb_array_elements(o.promotions) WITH ORDINALITY AS e (applied, place)
)
WHERE o.promotions <> '[]';

-- A session that is used for years spends a token each quarter of an hour. One that was spent so
-- long ago that it would have expired tells nothing any more when it comes again.
CREATE INDEX refresh_tokens_spent ON identity.refresh_tokens (spent_at)
  WHERE spent_at IS NOT NULL;

CREATE FUNCTION identity_api.forget_spent_tokens(before timestamptz, most integer) RETURNS integer
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH gone AS (
    DELETE FROM identity.refresh_tokens AS t USING (
      SELECT o.hash FROM identity.refresh_tokens AS o
      WHERE o.spent_at < before ORDER BY o.spent_at LIMIT most FOR UPDATE SKIP LOCKED
    ) AS old
    WHERE t.hash = old.hash RETURNING 1
  )
  SELECT count(*)::integer FROM gone
$$;

REVOKE EXECUTE ON FUNCTION identity_api.forget_spent_tokens(timestamptz, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION identity_api.forget_spent_tokens(timestamptz, integer)
  TO souk_scheduler;
