-- Shops. Owned by the domain Shops: the function shops writes here, everybody else sees the views
-- of shops_api.

SELECT souk.create_role_if_missing('souk_shops');
SELECT souk.create_role_if_missing('souk_catalog');

GRANT USAGE ON SCHEMA souk, outbox, identity_api TO souk_shops, souk_catalog;
GRANT SELECT ON souk.migrations TO souk_shops, souk_catalog;
GRANT INSERT ON outbox.events TO souk_shops, souk_catalog;
GRANT SELECT, INSERT, DELETE ON souk.idempotency_keys TO souk_shops, souk_catalog;
GRANT SELECT ON identity_api.live_sessions, identity_api.recent_revocations
  TO souk_shops, souk_catalog;

CREATE EXTENSION IF NOT EXISTS unaccent WITH SCHEMA public;
CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;

-- "Áo Thun" and "ao thun" are one for whoever searches. The dictionary is named, so the result
-- depends on nothing that a session can set: that makes it fit for indexes.
CREATE FUNCTION souk.fold(text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT lower(public.unaccent('public.unaccent'::regdictionary, $1)) $$;

-- The same, with nothing between the words but one space.
CREATE FUNCTION souk.words(text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT btrim(regexp_replace(souk.fold($1), '[^[:alnum:]]+', ' ', 'g')) $$;

-- What stands in an address for this name. A name without a letter gives nothing.
CREATE FUNCTION souk.slug(text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$
  SELECT btrim(left(btrim(regexp_replace(souk.fold($1), '[^a-z0-9]+', '-', 'g'), '-'), 80), '-')
$$;

CREATE SCHEMA shops;
CREATE SCHEMA shops_api;

CREATE TABLE shops.shops (
  id            uuid        NOT NULL,
  name          text        NOT NULL,
  name_words    text        GENERATED ALWAYS AS (souk.words(name)) STORED,
  name_document tsvector    GENERATED ALWAYS AS
    (to_tsvector('simple'::regconfig, souk.words(name))) STORED,
  slug          text        NOT NULL,
  description   text,
  -- What its products cost is said in this; it never changes.
  currency      text        NOT NULL,
  avatar_url    text,
  banner_url    text,
  phone         text,
  email         text,
  owner_id      uuid        NOT NULL,
  status        text        NOT NULL DEFAULT 'active',
  version       integer     NOT NULL DEFAULT 1,
  created_at    timestamptz NOT NULL,
  updated_at    timestamptz NOT NULL,
  CONSTRAINT shops_pkey PRIMARY KEY (id),
  CONSTRAINT shops_slug_unique UNIQUE (slug),
  CONSTRAINT shops_slug_form CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
  CONSTRAINT shops_name_length CHECK (length(name) BETWEEN 1 AND 100),
  CONSTRAINT shops_currency_code CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT shops_status_known CHECK (status IN ('active', 'paused', 'banned', 'archived'))
);

CREATE INDEX shops_by_creation ON shops.shops (created_at DESC, id DESC)
  WHERE status IN ('active', 'paused');
CREATE INDEX shops_by_name ON shops.shops (name_words COLLATE "C", id)
  WHERE status IN ('active', 'paused');
CREATE INDEX shops_by_owner ON shops.shops (owner_id, created_at DESC, id DESC);
CREATE INDEX shops_names ON shops.shops USING gin (name_document);
CREATE INDEX shops_names_trigrams ON shops.shops USING gin (name_words gin_trgm_ops);

-- Whose shop an administrator touched, and why. Nobody may change or delete a row.
CREATE TABLE shops.audit (
  id         uuid        NOT NULL,
  actor_id   uuid        NOT NULL,
  shop_id    uuid        NOT NULL,
  action     text        NOT NULL,
  before     text        NOT NULL,
  after      text        NOT NULL,
  reason     text,
  request_id text        NOT NULL,
  created_at timestamptz NOT NULL,
  CONSTRAINT audit_pkey PRIMARY KEY (id)
);

CREATE INDEX audit_by_shop ON shops.audit (shop_id, created_at DESC);

-- A shop is open when its status is 'active'.
CREATE VIEW shops_api.shops AS
  SELECT s.id, s.name, s.slug, s.currency, s.owner_id, s.status, s.version, s.name_document
  FROM shops.shops AS s;

GRANT USAGE ON SCHEMA shops, shops_api TO souk_shops;
GRANT USAGE ON SCHEMA shops_api TO souk_catalog;
GRANT SELECT, INSERT,
      UPDATE (name, description, avatar_url, banner_url, phone, email, status, version, updated_at)
  ON shops.shops TO souk_shops;
GRANT INSERT ON shops.audit TO souk_shops;
GRANT SELECT ON shops_api.shops TO souk_shops, souk_catalog;

-- What everybody may know of a person: who owns a shop, who wrote a review.
CREATE VIEW identity_api.people AS
  SELECT u.id, u.full_name, u.avatar_url FROM identity.users AS u;

GRANT SELECT ON identity_api.people TO souk_shops, souk_catalog;

-- Whoever opens a shop becomes a seller. Returns the user's roles and version, and whether this
-- changed them, so that the caller marks them after its commit. Nothing for a user who is gone.
CREATE FUNCTION identity_api.grant_seller(
  of_user uuid, valid_before timestamptz, at timestamptz
) RETURNS TABLE (roles text[], version integer, changed boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  -- Whoever holds the row opens shops alone, and can count them.
  PERFORM FROM identity.users AS u WHERE u.id = of_user FOR NO KEY UPDATE;
  RETURN QUERY
    UPDATE identity.users AS u
    SET roles = ARRAY(
          SELECT r.name FROM unnest(ARRAY['customer', 'seller', 'shipper', 'admin'])
            WITH ORDINALITY AS r (name, place)
          WHERE r.name = 'seller' OR r.name = ANY (u.roles)
          ORDER BY r.place),
        roles_changed_at = valid_before, version = u.version + 1, updated_at = at
    WHERE u.id = of_user AND u.status = 'active' AND NOT 'seller' = ANY (u.roles)
    RETURNING u.roles, u.version, true;
  IF NOT FOUND THEN
    RETURN QUERY
      SELECT u.roles, u.version, false FROM identity.users AS u
      WHERE u.id = of_user AND u.status = 'active';
  END IF;
END
$$;

REVOKE EXECUTE ON FUNCTION identity_api.grant_seller(uuid, timestamptz, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION identity_api.grant_seller(uuid, timestamptz, timestamptz) TO souk_shops;
