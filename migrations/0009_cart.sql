-- Carts of users and of guests. Owned by the domain Cart. auth merges a guest's cart into that of
-- whoever logs in through cart_api.merge.
--
-- Whoever changes a cart locks its row first; who needs two locks the guest's before the user's.

CREATE SCHEMA cart;
CREATE SCHEMA cart_api;

CREATE TABLE cart.carts (
  id         uuid        NOT NULL,
  user_id    uuid,
  -- Only the hash of a guest's token: whoever reads this table has nobody's cart.
  token_hash bytea,
  version    integer     NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  -- A guest's cart lives 30 days after its last use; a user's stays.
  expires_at timestamptz,
  CONSTRAINT carts_pkey PRIMARY KEY (id),
  CONSTRAINT carts_user_unique UNIQUE (user_id),
  CONSTRAINT carts_token_unique UNIQUE (token_hash),
  CONSTRAINT carts_one_owner CHECK ((user_id IS NULL) <> (token_hash IS NULL)),
  CONSTRAINT carts_guests_expire CHECK ((token_hash IS NULL) = (expires_at IS NULL))
);

CREATE INDEX carts_due ON cart.carts (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE cart.items (
  id             uuid        NOT NULL,
  -- In the order they came.
  place          bigint      GENERATED ALWAYS AS IDENTITY,
  cart_id        uuid        NOT NULL,
  variant_id     uuid        NOT NULL,
  product_id     uuid        NOT NULL,
  -- A product never changes its shop.
  shop_id        uuid        NOT NULL,
  quantity       integer     NOT NULL,
  -- How it looked when it was put in, to tell what changed since.
  added_name     text        NOT NULL,
  added_price    bigint      NOT NULL,
  added_currency text        NOT NULL,
  added_at       timestamptz NOT NULL,
  CONSTRAINT items_pkey PRIMARY KEY (id),
  CONSTRAINT items_cart_fkey FOREIGN KEY (cart_id) REFERENCES cart.carts (id) ON DELETE CASCADE,
  CONSTRAINT items_variant_once UNIQUE (cart_id, variant_id),
  CONSTRAINT items_quantity_bounds CHECK (quantity BETWEEN 1 AND 999)
);

CREATE TABLE cart.codes (
  cart_id  uuid        NOT NULL,
  code     text        NOT NULL,
  code_key text        GENERATED ALWAYS AS (lower(code)) STORED,
  added_at timestamptz NOT NULL,
  CONSTRAINT codes_pkey PRIMARY KEY (cart_id, code_key),
  CONSTRAINT codes_cart_fkey FOREIGN KEY (cart_id) REFERENCES cart.carts (id) ON DELETE CASCADE,
  CONSTRAINT codes_length CHECK (length(code) BETWEEN 3 AND 40)
);

-- Moves what a guest had gathered into the cart of who they turn out to be, and ends the guest's
-- cart. Quantities add up to 999; lines that would be the 100th and codes that would be the 11th
-- stay out, the oldest first in. Of two calls at once the second finds no guest cart and does
-- nothing. Returns whether there was one.
CREATE FUNCTION cart_api.merge(of_token bytea, into_user uuid, new_id uuid, at timestamptz)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  guest uuid;
  own uuid;
BEGIN
  SELECT c.id INTO guest FROM cart.carts AS c
  WHERE c.token_hash = of_token AND c.expires_at > at
  FOR UPDATE;
  IF NOT FOUND THEN RETURN false; END IF;

  INSERT INTO cart.carts AS c (id, user_id, created_at, updated_at)
  VALUES (new_id, into_user, at, at)
  ON CONFLICT ON CONSTRAINT carts_user_unique
    DO UPDATE SET version = c.version + 1, updated_at = at
  RETURNING c.id INTO own;

  UPDATE cart.items AS i SET quantity = least(i.quantity + g.quantity, 999)
  FROM cart.items AS g
  WHERE i.cart_id = own AND g.cart_id = guest AND g.variant_id = i.variant_id;
  UPDATE cart.items AS i SET cart_id = own
  WHERE i.id IN (
    SELECT g.id FROM cart.items AS g
    WHERE g.cart_id = guest AND NOT EXISTS (
      SELECT FROM cart.items AS o WHERE o.cart_id = own AND o.variant_id = g.variant_id)
    ORDER BY g.place
    LIMIT greatest(99 - (SELECT count(*) FROM cart.items AS o WHERE o.cart_id = own), 0));
  UPDATE cart.codes AS k SET cart_id = own
  WHERE k.cart_id = guest AND k.code_key IN (
    SELECT g.code_key FROM cart.codes AS g
    WHERE g.cart_id = guest AND NOT EXISTS (
      SELECT FROM cart.codes AS o WHERE o.cart_id = own AND o.code_key = g.code_key)
    ORDER BY g.added_at, g.code_key
    LIMIT greatest(10 - (SELECT count(*) FROM cart.codes AS o WHERE o.cart_id = own), 0));
  DELETE FROM cart.carts AS c WHERE c.id = guest;
  RETURN true;
END
$$;

REVOKE EXECUTE ON FUNCTION cart_api.merge(bytea, uuid, uuid, timestamptz) FROM PUBLIC;
GRANT USAGE ON SCHEMA cart_api TO souk_auth;
GRANT EXECUTE ON FUNCTION cart_api.merge(bytea, uuid, uuid, timestamptz) TO souk_auth;

GRANT USAGE ON SCHEMA souk, identity_api, shops_api, catalog_api, inventory_api, cart TO souk_cart;
GRANT SELECT ON souk.migrations TO souk_cart;
GRANT SELECT, INSERT, DELETE ON souk.idempotency_keys TO souk_cart;
GRANT SELECT ON identity_api.live_sessions, identity_api.recent_revocations TO souk_cart;
GRANT SELECT ON shops_api.shops, catalog_api.sellable, catalog_api.category_ancestors TO souk_cart;
GRANT SELECT ON inventory_api.availability TO souk_cart;
GRANT SELECT, INSERT, UPDATE, DELETE ON cart.carts, cart.items, cart.codes TO souk_cart;
