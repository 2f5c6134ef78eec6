-- Orders, their parcels and returns, and what happened to each. Owned by the domain Orders: the
-- function orders and the scheduled one write here. Others read the views of orders_api.
--
-- Whoever changes any of it locks the order's row first; it stands for its parcels and returns.

CREATE SCHEMA orders;
CREATE SCHEMA orders_api;

SELECT souk.create_role_if_missing('souk_orders');
SELECT souk.create_role_if_missing('souk_payments');
SELECT souk.create_role_if_missing('souk_scheduler');

CREATE TABLE orders.orders (
  id                uuid        NOT NULL,
  number            bigint      GENERATED ALWAYS AS IDENTITY,
  customer_id       uuid        NOT NULL,
  -- What the stock and the promotions know this attempt by. A second attempt to pay holds anew.
  hold_id           uuid        NOT NULL,
  status            text        NOT NULL DEFAULT 'pending',
  currency          text        NOT NULL,
  subtotal          bigint      NOT NULL,
  discount          bigint      NOT NULL,
  shipping          bigint      NOT NULL,
  total             bigint      GENERATED ALWAYS AS (subtotal - discount + shipping) STORED,
  address           jsonb       NOT NULL,
  payment_provider  text        NOT NULL,
  payment_method    text,
  payment_method_id uuid,
  -- Each with what it took off: [{"id", "code", "name", "amount"}].
  promotions        jsonb       NOT NULL DEFAULT '[]',
  from_cart         boolean     NOT NULL,
  version           integer     NOT NULL DEFAULT 1,
  placed_at         timestamptz NOT NULL,
  -- Unpaid until then, it dies.
  expires_at        timestamptz NOT NULL,
  -- The stock left the shelves, the parcels are made: from here on sellers work on it.
  confirmed_at      timestamptz,
  paid_at           timestamptz,
  shipped_at        timestamptz,
  delivered_at      timestamptz,
  completed_at      timestamptz,
  cancelled_at      timestamptz,
  cancel_reason     text,
  CONSTRAINT orders_pkey PRIMARY KEY (id),
  CONSTRAINT orders_number_unique UNIQUE (number),
  CONSTRAINT orders_hold_unique UNIQUE (hold_id),
  CONSTRAINT orders_status_known CHECK (
    status IN ('pending', 'awaiting_payment', 'paid', 'processing', 'shipped', 'delivered',
               'completed', 'cancelled', 'payment_failed', 'expired', 'refunded')),
  CONSTRAINT orders_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT orders_subtotal_positive CHECK (subtotal >= 0),
  CONSTRAINT orders_discount_within CHECK (discount BETWEEN 0 AND subtotal),
  CONSTRAINT orders_shipping_positive CHECK (shipping >= 0),
  CONSTRAINT orders_cancel_reason_length CHECK (length(cancel_reason) <= 500),
  CONSTRAINT orders_cancelled_has_time CHECK (status <> 'cancelled' OR cancelled_at IS NOT NULL)
);

CREATE INDEX orders_by_customer ON orders.orders (customer_id, id DESC);
CREATE INDEX orders_by_customer_status ON orders.orders (customer_id, status, id DESC);

CREATE TABLE orders.items (
  order_id   uuid    NOT NULL,
  -- In the order they were asked for.
  place      integer NOT NULL,
  variant_id uuid    NOT NULL,
  product_id uuid    NOT NULL,
  shop_id    uuid    NOT NULL,
  -- As they were when it was bought, whatever becomes of the product.
  name       text    NOT NULL,
  sku        text,
  options    jsonb   NOT NULL,
  image      text,
  quantity   integer NOT NULL,
  unit_price bigint  NOT NULL,
  line_total bigint  GENERATED ALWAYS AS (unit_price * quantity) STORED,
  discount   bigint  NOT NULL,
  -- Of the quantity, how many came back.
  returned   integer NOT NULL DEFAULT 0,
  CONSTRAINT items_pkey PRIMARY KEY (order_id, place),
  CONSTRAINT items_variant_once UNIQUE (order_id, variant_id),
  CONSTRAINT items_order_fkey FOREIGN KEY (order_id) REFERENCES orders.orders (id),
  CONSTRAINT items_quantity_bounds CHECK (quantity BETWEEN 1 AND 999),
  CONSTRAINT items_unit_price_positive CHECK (unit_price >= 0),
  CONSTRAINT items_discount_within CHECK (discount BETWEEN 0 AND unit_price * quantity),
  CONSTRAINT items_returned_within CHECK (returned BETWEEN 0 AND quantity)
);

-- What one shop sends of an order. Made with the order's confirmation.
CREATE TABLE orders.parcels (
  id           uuid        NOT NULL,
  order_id     uuid        NOT NULL,
  shop_id      uuid        NOT NULL,
  status       text        NOT NULL DEFAULT 'pending',
  currency     text        NOT NULL,
  -- What its lines cost after their discounts.
  amount       bigint      NOT NULL,
  carrier      text,
  tracking     text,
  shipper_id   uuid,
  claimed_at   timestamptz,
  shipped_at   timestamptz,
  delivered_at timestamptz,
  failed_at    timestamptz,
  -- Why it could not be delivered, or was cancelled.
  note         text,
  version      integer     NOT NULL DEFAULT 1,
  created_at   timestamptz NOT NULL,
  updated_at   timestamptz NOT NULL,
  CONSTRAINT parcels_pkey PRIMARY KEY (id),
  CONSTRAINT parcels_shop_once UNIQUE (order_id, shop_id),
  CONSTRAINT parcels_order_fkey FOREIGN KEY (order_id) REFERENCES orders.orders (id),
  CONSTRAINT parcels_status_known CHECK (
    status IN ('pending', 'processing', 'packed', 'shipped', 'delivered', 'failed', 'cancelled')),
  CONSTRAINT parcels_amount_positive CHECK (amount >= 0),
  CONSTRAINT parcels_carrier_length CHECK (length(carrier) <= 100),
  CONSTRAINT parcels_tracking_length CHECK (length(tracking) <= 100),
  CONSTRAINT parcels_note_length CHECK (length(note) <= 500),
  CONSTRAINT parcels_claim_is_whole CHECK ((shipper_id IS NULL) = (claimed_at IS NULL))
);

CREATE INDEX parcels_by_shop ON orders.parcels (shop_id, id DESC);
CREATE INDEX parcels_by_shop_status ON orders.parcels (shop_id, status, id DESC);
CREATE INDEX parcels_by_shipper ON orders.parcels (shipper_id, id DESC)
  WHERE shipper_id IS NOT NULL;
CREATE INDEX parcels_to_claim ON orders.parcels (id) WHERE status = 'packed' AND shipper_id IS NULL;

CREATE TABLE orders.returns (
  id           uuid        NOT NULL,
  order_id     uuid        NOT NULL,
  parcel_id    uuid        NOT NULL,
  status       text        NOT NULL DEFAULT 'requested',
  reason       text        NOT NULL,
  currency     text        NOT NULL,
  amount       bigint      NOT NULL,
  -- Known once the goods were looked at.
  restock      boolean,
  note         text,
  version      integer     NOT NULL DEFAULT 1,
  requested_at timestamptz NOT NULL,
  decided_at   timestamptz,
  received_at  timestamptz,
  refunded_at  timestamptz,
  CONSTRAINT returns_pkey PRIMARY KEY (id),
  CONSTRAINT returns_order_fkey FOREIGN KEY (order_id) REFERENCES orders.orders (id),
  CONSTRAINT returns_parcel_fkey FOREIGN KEY (parcel_id) REFERENCES orders.parcels (id),
  CONSTRAINT returns_status_known CHECK (
    status IN ('requested', 'approved', 'rejected', 'received', 'refunded')),
  CONSTRAINT returns_reason_length CHECK (length(reason) BETWEEN 1 AND 500),
  CONSTRAINT returns_note_length CHECK (length(note) <= 500),
  CONSTRAINT returns_amount_positive CHECK (amount >= 0)
);

CREATE INDEX returns_by_order ON orders.returns (order_id, id);

CREATE TABLE orders.return_items (
  return_id  uuid    NOT NULL,
  variant_id uuid    NOT NULL,
  quantity   integer NOT NULL,
  amount     bigint  NOT NULL,
  CONSTRAINT return_items_pkey PRIMARY KEY (return_id, variant_id),
  CONSTRAINT return_items_return_fkey FOREIGN KEY (return_id) REFERENCES orders.returns (id),
  CONSTRAINT return_items_quantity_bounds CHECK (quantity BETWEEN 1 AND 999),
  CONSTRAINT return_items_amount_positive CHECK (amount >= 0)
);

-- What happened, for people to read. Nobody may change it.
CREATE TABLE orders.history (
  number     bigint      GENERATED ALWAYS AS IDENTITY,
  order_id   uuid        NOT NULL,
  parcel_id  uuid,
  return_id  uuid,
  -- The state it led to, of the order, the parcel or the return.
  status     text        NOT NULL,
  words      text        NOT NULL,
  actor_id   uuid,
  created_at timestamptz NOT NULL,
  CONSTRAINT history_pkey PRIMARY KEY (number),
  CONSTRAINT history_order_fkey FOREIGN KEY (order_id) REFERENCES orders.orders (id),
  CONSTRAINT history_words_length CHECK (length(words) BETWEEN 1 AND 1000)
);

CREATE INDEX history_by_order ON orders.history (order_id, number);

CREATE VIEW orders_api.orders AS
  SELECT o.id, o.number, o.customer_id, o.status, o.currency, o.total, o.expires_at, o.placed_at,
         o.payment_provider, o.payment_method, o.payment_method_id
  FROM orders.orders AS o;

CREATE VIEW orders_api.parcels AS
  SELECT p.id, p.order_id, p.shop_id, p.status, p.currency, p.amount
  FROM orders.parcels AS p;

-- What others publish for orders.

CREATE VIEW identity_api.addresses AS
  SELECT a.id, a.user_id, a.recipient, a.phone, a.street, a.ward, a.district, a.city, a.postcode,
         a.country, a.lat, a.long
  FROM identity.addresses AS a;

CREATE VIEW cart_api.lines AS
  SELECT c.user_id, i.place, i.variant_id, i.product_id, i.shop_id, i.quantity
  FROM cart.carts AS c JOIN cart.items AS i ON i.cart_id = c.id
  WHERE c.user_id IS NOT NULL;

CREATE VIEW cart_api.codes AS
  SELECT c.user_id, k.code, k.code_key, k.added_at
  FROM cart.carts AS c JOIN cart.codes AS k ON k.cart_id = c.id
  WHERE c.user_id IS NOT NULL;

-- Takes what was bought out of the buyer's cart. What was put in since stays.
CREATE FUNCTION cart_api.bought(
  of_user uuid, variant_ids uuid[], quantities integer[], code_keys text[], at timestamptz
) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  own uuid;
BEGIN
  UPDATE cart.carts AS c SET version = c.version + 1, updated_at = at
  WHERE c.user_id = of_user
  RETURNING c.id INTO own;
  IF NOT FOUND THEN RETURN; END IF;
  DELETE FROM cart.items AS i
  USING unnest(variant_ids, quantities) AS b (variant_id, quantity)
  WHERE i.cart_id = own AND i.variant_id = b.variant_id AND i.quantity <= b.quantity;
  UPDATE cart.items AS i SET quantity = i.quantity - b.quantity
  FROM unnest(variant_ids, quantities) AS b (variant_id, quantity)
  WHERE i.cart_id = own AND i.variant_id = b.variant_id AND i.quantity > b.quantity;
  DELETE FROM cart.codes AS k WHERE k.cart_id = own AND k.code_key = ANY (code_keys);
END
$$;

REVOKE EXECUTE ON FUNCTION cart_api.bought(uuid, uuid[], integer[], text[], timestamptz)
  FROM PUBLIC;

-- The function orders.
GRANT USAGE ON SCHEMA souk, outbox, orders, orders_api, identity_api, shops_api, catalog_api,
  inventory_api, promotions_api, cart_api TO souk_orders;
GRANT SELECT ON souk.migrations TO souk_orders;
GRANT SELECT, INSERT, DELETE ON souk.idempotency_keys TO souk_orders;
GRANT SELECT ON identity_api.live_sessions, identity_api.recent_revocations, identity_api.people,
  identity_api.addresses TO souk_orders;
GRANT SELECT ON shops_api.shops, catalog_api.sellable, catalog_api.category_ancestors,
  inventory_api.availability, promotions_api.rules, promotions_api.customers, cart_api.lines,
  cart_api.codes TO souk_orders;
GRANT INSERT ON outbox.events TO souk_orders;
GRANT SELECT, INSERT, UPDATE ON orders.orders, orders.items, orders.parcels, orders.returns
  TO souk_orders;
GRANT SELECT, INSERT ON orders.return_items, orders.history TO souk_orders;

-- The scheduled function, which carries an order from one domain to the next.
GRANT USAGE ON SCHEMA souk, outbox, orders, orders_api, inventory, promotions, catalog_api, cart_api
  TO souk_scheduler;
GRANT SELECT ON souk.migrations TO souk_scheduler;
GRANT INSERT ON outbox.events TO souk_scheduler;
GRANT SELECT, INSERT, UPDATE ON orders.orders, orders.items, orders.parcels, orders.returns
  TO souk_scheduler;
GRANT SELECT, INSERT ON orders.return_items, orders.history TO souk_scheduler;
GRANT SELECT, UPDATE ON inventory.stock TO souk_scheduler;
GRANT SELECT, INSERT ON inventory.movements, inventory.reservation_lines TO souk_scheduler;
GRANT SELECT, INSERT, UPDATE ON inventory.reservations TO souk_scheduler;
GRANT EXECUTE ON FUNCTION inventory.count_variants(uuid[], integer[]) TO souk_scheduler;
GRANT SELECT, UPDATE ON promotions.promotions TO souk_scheduler;
GRANT SELECT, INSERT, UPDATE ON promotions.orders, promotions.customers TO souk_scheduler;
GRANT SELECT, INSERT, DELETE ON promotions.uses TO souk_scheduler;
GRANT EXECUTE ON FUNCTION cart_api.bought(uuid, uuid[], integer[], text[], timestamptz)
  TO souk_scheduler;
GRANT EXECUTE ON FUNCTION catalog_api.sold(uuid, bigint),
  catalog_api.delivered(uuid, uuid, uuid, timestamptz) TO souk_scheduler;

-- What others may read of orders.
GRANT USAGE ON SCHEMA orders_api TO souk_payments;
GRANT SELECT ON orders_api.orders, orders_api.parcels TO souk_payments;
