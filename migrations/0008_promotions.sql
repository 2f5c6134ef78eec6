-- Promotions and who used them. Owned by the domain Promotions: the function shops writes the
-- rules; uses are taken and given back by orders. Others read the views of promotions_api.
--
-- Whoever takes or gives back locks in this order: the order's row, then promotions by their id.

CREATE SCHEMA promotions;
CREATE SCHEMA promotions_api;

SELECT souk.create_role_if_missing('souk_shops');
SELECT souk.create_role_if_missing('souk_cart');

CREATE TABLE promotions.promotions (
  id                 uuid        NOT NULL,
  shop_id            uuid        NOT NULL,
  name               text        NOT NULL,
  type               text        NOT NULL,
  -- Hundredths of a percent, or minor units of the shop's currency.
  value              bigint      NOT NULL,
  max_discount       bigint,
  minimum            bigint,
  code               text,
  code_key           text        GENERATED ALWAYS AS (lower(code)) STORED,
  starts_at          timestamptz NOT NULL,
  ends_at            timestamptz NOT NULL,
  per_customer_limit integer,
  total_limit        integer,
  used               integer     NOT NULL DEFAULT 0,
  priority           integer     NOT NULL DEFAULT 0,
  stacks             boolean     NOT NULL DEFAULT false,
  -- Both empty: the whole shop.
  product_ids        uuid[]      NOT NULL DEFAULT '{}',
  category_ids       uuid[]      NOT NULL DEFAULT '{}',
  status             text        NOT NULL DEFAULT 'draft',
  -- Of the rule alone: a use does not change it.
  version            integer     NOT NULL DEFAULT 1,
  created_at         timestamptz NOT NULL,
  updated_at         timestamptz NOT NULL,
  -- It is gone for everybody, but orders that used it still point to it.
  deleted_at         timestamptz,
  CONSTRAINT promotions_pkey PRIMARY KEY (id),
  CONSTRAINT promotions_name_length CHECK (length(name) BETWEEN 1 AND 100),
  CONSTRAINT promotions_type_known CHECK (type IN ('percentage', 'value')),
  CONSTRAINT promotions_value_bounds CHECK (
    value BETWEEN 1 AND CASE type WHEN 'percentage' THEN 10000 ELSE 10000000000000 END),
  CONSTRAINT promotions_max_discount_bounds CHECK (max_discount BETWEEN 1 AND 10000000000000),
  CONSTRAINT promotions_minimum_bounds CHECK (minimum BETWEEN 1 AND 10000000000000),
  CONSTRAINT promotions_code_form CHECK (code ~ '^[A-Za-z0-9_-]{3,40}$'),
  CONSTRAINT promotions_window_forward CHECK (starts_at < ends_at),
  CONSTRAINT promotions_per_customer_limit_positive CHECK (per_customer_limit >= 1),
  CONSTRAINT promotions_total_limit_positive CHECK (total_limit >= 1),
  CONSTRAINT promotions_used_within CHECK (used >= 0 AND used <= total_limit),
  CONSTRAINT promotions_used_positive CHECK (used >= 0),
  CONSTRAINT promotions_priority_bounds CHECK (priority BETWEEN -1000 AND 1000),
  CONSTRAINT promotions_scope_size CHECK (
    cardinality(product_ids) <= 200 AND cardinality(category_ids) <= 200),
  CONSTRAINT promotions_status_known CHECK (status IN ('draft', 'active', 'paused', 'ended')),
  CONSTRAINT promotions_deleted_has_ended CHECK (deleted_at IS NULL OR status = 'ended')
);

-- A code names one promotion of a shop, until that has ended.
CREATE UNIQUE INDEX promotions_code_unique ON promotions.promotions (shop_id, code_key)
  WHERE code_key IS NOT NULL AND status <> 'ended';
-- What goes by a code, or went by it once.
CREATE INDEX promotions_by_code ON promotions.promotions (shop_id, code_key, id DESC)
  WHERE code_key IS NOT NULL AND deleted_at IS NULL;
-- What applies by itself.
CREATE INDEX promotions_automatic ON promotions.promotions (shop_id, priority DESC, id)
  WHERE code_key IS NULL AND status = 'active';
CREATE INDEX promotions_by_shop ON promotions.promotions (shop_id, id DESC)
  WHERE deleted_at IS NULL;
CREATE INDEX promotions_running ON promotions.promotions (shop_id) WHERE status <> 'ended';

-- What an order did. A row 'given_back' without uses is an order that died before it took any:
-- taking them late then does nothing.
CREATE TABLE promotions.orders (
  order_id    uuid        NOT NULL,
  customer_id uuid,
  state       text        NOT NULL,
  created_at  timestamptz NOT NULL,
  CONSTRAINT orders_pkey PRIMARY KEY (order_id),
  CONSTRAINT orders_state_known CHECK (state IN ('taken', 'given_back'))
);

CREATE TABLE promotions.uses (
  promotion_id uuid NOT NULL,
  order_id     uuid NOT NULL,
  CONSTRAINT uses_pkey PRIMARY KEY (promotion_id, order_id),
  CONSTRAINT uses_promotion_fkey FOREIGN KEY (promotion_id) REFERENCES promotions.promotions (id),
  CONSTRAINT uses_order_fkey FOREIGN KEY (order_id) REFERENCES promotions.orders (order_id)
);

CREATE INDEX uses_by_order ON promotions.uses (order_id, promotion_id);

CREATE TABLE promotions.customers (
  promotion_id uuid    NOT NULL,
  customer_id  uuid    NOT NULL,
  used         integer NOT NULL,
  CONSTRAINT customers_pkey PRIMARY KEY (promotion_id, customer_id),
  CONSTRAINT customers_promotion_fkey FOREIGN KEY (promotion_id)
    REFERENCES promotions.promotions (id),
  CONSTRAINT customers_used_positive CHECK (used >= 0)
);

CREATE VIEW promotions_api.rules AS
  SELECT p.id, p.shop_id, p.name, p.type, p.value, p.max_discount, p.minimum, p.code, p.code_key,
         p.starts_at, p.ends_at, p.per_customer_limit, p.total_limit, p.used, p.priority, p.stacks,
         p.product_ids, p.category_ids, p.status, p.version
  FROM promotions.promotions AS p
  WHERE p.deleted_at IS NULL;

CREATE VIEW promotions_api.customers AS
  SELECT c.promotion_id, c.customer_id, c.used FROM promotions.customers AS c;

GRANT USAGE ON SCHEMA promotions, catalog_api, shops_api TO souk_shops;
GRANT SELECT, INSERT, UPDATE ON promotions.promotions TO souk_shops;
GRANT SELECT ON catalog_api.sellable, catalog_api.category_ancestors, shops_api.shops TO souk_shops;

GRANT USAGE ON SCHEMA promotions_api TO souk_cart;
GRANT SELECT ON promotions_api.rules, promotions_api.customers TO souk_cart;
