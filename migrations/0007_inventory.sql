-- Stock: what lies in the shelves, what of it is promised, and every movement that ever was.
-- Owned by the domain Inventory. Others read inventory_api.availability; the catalogue opens the
-- stock of what it creates through inventory_api.open_stock.
--
-- Whoever changes stock locks in this order, and nobody in another: the reservation, its stock
-- rows by variant_id, the rows of inventory.products by product_id, and then the product of the
-- catalogue, by catalog_api.stock_changed. One meeting is left: a catalogue that holds an existing
-- product and opens stock for a new variant of it, while the last piece of another is sold. Of
-- such two Postgres ends one, which then runs again.

CREATE SCHEMA inventory;
CREATE SCHEMA inventory_api;

SELECT souk.create_role_if_missing('souk_inventory');

CREATE TABLE inventory.stock (
  variant_id          uuid        NOT NULL,
  product_id          uuid        NOT NULL,
  shop_id             uuid        NOT NULL,
  on_hand             integer     NOT NULL,
  reserved            integer     NOT NULL DEFAULT 0,
  available           integer     GENERATED ALWAYS AS (on_hand - reserved) STORED,
  -- Low is what has no more than this available.
  low_stock_threshold integer     NOT NULL DEFAULT 5,
  -- Indexed instead of the numbers behind it, which change with every order.
  is_low              boolean     GENERATED ALWAYS AS (on_hand - reserved <= low_stock_threshold)
                                  STORED,
  version             integer     NOT NULL DEFAULT 1,
  updated_at          timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT stock_pkey PRIMARY KEY (variant_id),
  CONSTRAINT stock_on_hand_bounds CHECK (on_hand BETWEEN 0 AND 1000000000),
  CONSTRAINT stock_reserved_within CHECK (reserved BETWEEN 0 AND on_hand),
  CONSTRAINT stock_threshold_bounds CHECK (low_stock_threshold BETWEEN 0 AND 1000000)
);

CREATE INDEX stock_by_product ON inventory.stock (product_id, variant_id);
CREATE INDEX stock_low ON inventory.stock (shop_id, variant_id) WHERE is_low;

-- How many of a product's variants can be bought. The row lock makes the turn from none to one,
-- and back, a thing that one transaction sees and no other.
CREATE TABLE inventory.products (
  product_id        uuid    NOT NULL,
  variants_in_stock integer NOT NULL,
  CONSTRAINT products_pkey PRIMARY KEY (product_id),
  CONSTRAINT products_count_positive CHECK (variants_in_stock >= 0)
);

-- Append-only: neither grants nor the trigger below let anybody change the past.
CREATE TABLE inventory.movements (
  number          bigint      GENERATED ALWAYS AS IDENTITY,
  variant_id      uuid        NOT NULL,
  product_id      uuid        NOT NULL,
  kind            text        NOT NULL,
  on_hand_before  integer     NOT NULL,
  on_hand_after   integer     NOT NULL,
  reserved_before integer     NOT NULL,
  reserved_after  integer     NOT NULL,
  reason          text,
  -- What caused it. The same cause moves the same variant once.
  reference       text        NOT NULL,
  actor_id        uuid,
  created_at      timestamptz NOT NULL,
  CONSTRAINT movements_pkey PRIMARY KEY (number),
  CONSTRAINT movements_reference_unique UNIQUE (variant_id, kind, reference),
  CONSTRAINT movements_variant_fkey FOREIGN KEY (variant_id)
    REFERENCES inventory.stock (variant_id),
  CONSTRAINT movements_kind_known CHECK (
    kind IN ('opening', 'set', 'adjustment', 'reservation', 'release', 'expiry', 'deduction')),
  CONSTRAINT movements_reference_length CHECK (length(reference) BETWEEN 1 AND 300),
  CONSTRAINT movements_reason_length CHECK (length(reason) <= 200),
  CONSTRAINT movements_before_possible CHECK (reserved_before BETWEEN 0 AND on_hand_before),
  CONSTRAINT movements_after_possible CHECK (reserved_after BETWEEN 0 AND on_hand_after)
);

CREATE INDEX movements_by_product ON inventory.movements (product_id, number DESC);

CREATE FUNCTION inventory.refuse_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'movements are never changed' USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER movements_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON inventory.movements
  FOR EACH STATEMENT EXECUTE FUNCTION inventory.refuse_change();

-- What an order holds until it pays or gives up. A row that says 'released' with no lines is an
-- order whose release came before its reservation: the late reservation then does nothing.
CREATE TABLE inventory.reservations (
  order_id   uuid        NOT NULL,
  state      text        NOT NULL,
  expires_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL,
  settled_at timestamptz,
  CONSTRAINT reservations_pkey PRIMARY KEY (order_id),
  CONSTRAINT reservations_state_known CHECK (
    state IN ('held', 'released', 'committed', 'expired')),
  CONSTRAINT reservations_settled_once CHECK ((state = 'held') = (settled_at IS NULL))
);

CREATE INDEX reservations_due ON inventory.reservations (expires_at) WHERE state = 'held';

CREATE TABLE inventory.reservation_lines (
  order_id   uuid    NOT NULL,
  variant_id uuid    NOT NULL,
  quantity   integer NOT NULL,
  CONSTRAINT reservation_lines_pkey PRIMARY KEY (order_id, variant_id),
  CONSTRAINT reservation_lines_order_fkey FOREIGN KEY (order_id)
    REFERENCES inventory.reservations (order_id),
  CONSTRAINT reservation_lines_variant_fkey FOREIGN KEY (variant_id)
    REFERENCES inventory.stock (variant_id),
  CONSTRAINT reservation_lines_quantity_positive CHECK (quantity BETWEEN 1 AND 1000000)
);

CREATE VIEW inventory_api.availability AS
  SELECT s.variant_id, s.product_id, s.available, s.available > 0 AS in_stock
  FROM inventory.stock AS s;

-- Adds to what a product has in stock and tells the catalogue when that turns. Called with the
-- stock rows already locked.
CREATE FUNCTION inventory.count_variants(changed uuid[], changes integer[]) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  change record;
  total integer;
BEGIN
  FOR change IN
    SELECT c.product_id, sum(c.step)::integer AS step
    FROM unnest(changed, changes) AS c (product_id, step)
    GROUP BY c.product_id HAVING sum(c.step) <> 0
    ORDER BY c.product_id
  LOOP
    INSERT INTO inventory.products AS p (product_id, variants_in_stock)
    VALUES (change.product_id, greatest(change.step, 0))
    ON CONFLICT (product_id)
      DO UPDATE SET variants_in_stock = p.variants_in_stock + change.step
    RETURNING p.variants_in_stock INTO total;
    IF total = 0 OR total = change.step THEN
      PERFORM catalog_api.stock_changed(change.product_id, total > 0);
    END IF;
  END LOOP;
END
$$;

REVOKE EXECUTE ON FUNCTION inventory.count_variants(uuid[], integer[]) FROM PUBLIC;

-- Called by the catalogue in the transaction that creates products or variants, after their rows
-- are there: products that thereby come into stock are told to catalog_api.stock_changed from in
-- here. The arrays run in parallel, one place per variant. A variant that has stock already, as
-- on a repeated call, keeps it.
CREATE FUNCTION inventory_api.open_stock(
  variant_ids uuid[], product_ids uuid[], shop_ids uuid[], quantities integer[], actor uuid,
  reference text
) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  opened uuid[];
  counts integer[];
BEGIN
  WITH fresh AS (
    INSERT INTO inventory.stock AS s (variant_id, product_id, shop_id, on_hand)
    SELECT v.variant_id, v.product_id, v.shop_id, v.quantity
    FROM unnest(variant_ids, product_ids, shop_ids, quantities)
      AS v (variant_id, product_id, shop_id, quantity)
    ORDER BY v.variant_id
    ON CONFLICT (variant_id) DO NOTHING
    RETURNING s.variant_id, s.product_id, s.on_hand
  ), moved AS (
    INSERT INTO inventory.movements (
      variant_id, product_id, kind, on_hand_before, on_hand_after, reserved_before, reserved_after,
      reference, actor_id, created_at)
    SELECT f.variant_id, f.product_id, 'opening', 0, f.on_hand, 0, 0, open_stock.reference,
           open_stock.actor, now()
    FROM fresh AS f
    ORDER BY f.variant_id
  )
  SELECT array_agg(f.product_id), array_agg(1) INTO opened, counts
  FROM fresh AS f WHERE f.on_hand > 0;
  PERFORM inventory.count_variants(opened, counts);
END
$$;

REVOKE EXECUTE ON FUNCTION
  inventory_api.open_stock(uuid[], uuid[], uuid[], integer[], uuid, text) FROM PUBLIC;

-- The catalogue.
GRANT USAGE ON SCHEMA inventory_api TO souk_catalog;
GRANT SELECT ON inventory_api.availability TO souk_catalog;
GRANT EXECUTE ON FUNCTION
  inventory_api.open_stock(uuid[], uuid[], uuid[], integer[], uuid, text) TO souk_catalog;

-- The function inventory.
GRANT USAGE ON SCHEMA souk, identity_api, outbox, shops_api, catalog_api, inventory
  TO souk_inventory;
GRANT SELECT ON souk.migrations TO souk_inventory;
GRANT SELECT, INSERT, DELETE ON souk.idempotency_keys TO souk_inventory;
GRANT SELECT ON identity_api.live_sessions, identity_api.recent_revocations TO souk_inventory;
GRANT INSERT ON outbox.events TO souk_inventory;
GRANT SELECT ON shops_api.shops, catalog_api.sellable TO souk_inventory;
GRANT SELECT, UPDATE ON inventory.stock TO souk_inventory;
GRANT SELECT, INSERT ON inventory.movements TO souk_inventory;
GRANT SELECT, INSERT, UPDATE ON inventory.reservations TO souk_inventory;
GRANT SELECT, INSERT ON inventory.reservation_lines TO souk_inventory;
GRANT EXECUTE ON FUNCTION inventory.count_variants(uuid[], integer[]) TO souk_inventory;
