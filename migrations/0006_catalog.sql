-- Categories, products, variants, search and reviews. Owned by the domain Catalog: the function
-- catalog writes here, everybody else sees the views and calls the commands of catalog_api.

CREATE SCHEMA catalog;
CREATE SCHEMA catalog_api;

CREATE TABLE catalog.categories (
  id            uuid        NOT NULL,
  parent_id     uuid,
  name          text        NOT NULL,
  name_document tsvector    GENERATED ALWAYS AS
    (to_tsvector('simple'::regconfig, souk.words(name))) STORED,
  slug          text        NOT NULL,
  description   text,
  position      integer     NOT NULL DEFAULT 0,
  version       integer     NOT NULL DEFAULT 1,
  created_at    timestamptz NOT NULL,
  updated_at    timestamptz NOT NULL,
  CONSTRAINT categories_pkey PRIMARY KEY (id),
  CONSTRAINT categories_parent_fkey FOREIGN KEY (parent_id) REFERENCES catalog.categories (id),
  CONSTRAINT categories_not_own_parent CHECK (parent_id <> id),
  CONSTRAINT categories_slug_unique UNIQUE (slug),
  CONSTRAINT categories_slug_form CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
  CONSTRAINT categories_name_length CHECK (length(name) BETWEEN 1 AND 100)
);

CREATE INDEX categories_by_parent ON catalog.categories (parent_id, position, id);
CREATE INDEX categories_names ON catalog.categories USING gin (name_document);

-- Every category with all above it, itself included. Whoever changes the tree locks the table of
-- categories first, so that there is one change at a time.
CREATE TABLE catalog.category_ancestors (
  category_id uuid    NOT NULL,
  ancestor_id uuid    NOT NULL,
  distance    integer NOT NULL,
  CONSTRAINT category_ancestors_pkey PRIMARY KEY (category_id, ancestor_id),
  CONSTRAINT category_ancestors_category_fkey FOREIGN KEY (category_id)
    REFERENCES catalog.categories (id) ON DELETE CASCADE,
  CONSTRAINT category_ancestors_ancestor_fkey FOREIGN KEY (ancestor_id)
    REFERENCES catalog.categories (id) ON DELETE CASCADE
);

CREATE INDEX category_ancestors_by_ancestor
  ON catalog.category_ancestors (ancestor_id, category_id);

-- The values of attributes in one text: {"Color": "Đỏ", "Sizes": ["M", "L"]} gives "do m l".
CREATE FUNCTION catalog.attribute_words(jsonb) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$
  SELECT souk.words(COALESCE(string_agg(v #>> '{}', ' '), ''))
  FROM jsonb_path_query($1, 'strict $.**?(@.type() != "object" && @.type() != "array")') AS v
$$;

CREATE TABLE catalog.products (
  id            uuid        NOT NULL,
  number        bigint      GENERATED ALWAYS AS IDENTITY,
  shop_id       uuid        NOT NULL,
  category_id   uuid,
  name          text        NOT NULL,
  name_words    text        GENERATED ALWAYS AS (souk.words(name)) STORED,
  -- The one that is shown; all it ever had stand in catalog.product_slugs.
  slug          text        NOT NULL,
  description   text        NOT NULL DEFAULT '',
  images        text[]      NOT NULL DEFAULT '{}',
  attributes    jsonb       NOT NULL DEFAULT '{}',
  -- [{"name": "Size", "values": ["M", "L"]}], in the order of the seller.
  options       jsonb       NOT NULL DEFAULT '[]',
  -- The lowest of its variants, kept so by whoever writes them.
  price         bigint      NOT NULL,
  currency      text        NOT NULL,
  -- Inventory keeps these true, by catalog_api.stock_changed and catalog_api.sold.
  in_stock      boolean     NOT NULL DEFAULT false,
  sold          bigint      NOT NULL DEFAULT 0,
  -- Sums of the published reviews, kept exact by the trigger on them.
  rating_sum    bigint      NOT NULL DEFAULT 0,
  rating_count  bigint      NOT NULL DEFAULT 0,
  -- In hundredths: an integer sorts and compares exactly.
  rating        integer     GENERATED ALWAYS AS (
    CASE WHEN rating_count = 0 THEN 0
    ELSE ((rating_sum * 200 + rating_count) / (rating_count * 2))::integer END) STORED,
  status        text        NOT NULL DEFAULT 'draft',
  -- Of what the seller writes: stock, sales and ratings do not count.
  version       integer     NOT NULL DEFAULT 1,
  created_by    uuid        NOT NULL,
  created_at    timestamptz NOT NULL,
  updated_at    timestamptz NOT NULL,
  -- What it is found by, beside the names of its shop and its category: those stay with shop and
  -- category, so that a new name of either is found at once and no product is written again.
  document      tsvector    GENERATED ALWAYS AS (
    setweight(to_tsvector('simple'::regconfig, souk.words(name)), 'A')
    || setweight(to_tsvector('simple'::regconfig, catalog.attribute_words(attributes)), 'B')
    || setweight(to_tsvector('simple'::regconfig, souk.words(left(description, 4000))), 'C'))
    STORED,
  CONSTRAINT products_pkey PRIMARY KEY (id),
  CONSTRAINT products_number_unique UNIQUE (number),
  CONSTRAINT products_category_fkey FOREIGN KEY (category_id) REFERENCES catalog.categories (id),
  CONSTRAINT products_name_length CHECK (length(name) BETWEEN 1 AND 200),
  CONSTRAINT products_description_length CHECK (length(description) <= 20000),
  CONSTRAINT products_price_range CHECK (price BETWEEN 1 AND 10000000000000),
  CONSTRAINT products_currency_code CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT products_attributes_object CHECK (jsonb_typeof(attributes) = 'object'),
  CONSTRAINT products_options_list CHECK (jsonb_typeof(options) = 'array'),
  CONSTRAINT products_rating_possible CHECK (
    rating_count >= 0 AND rating_sum BETWEEN rating_count AND rating_count * 5),
  CONSTRAINT products_sold_positive CHECK (sold >= 0),
  CONSTRAINT products_status_known CHECK (status IN ('draft', 'active', 'archived'))
);

-- One index for each order of each kind of list. All begin with `in_stock`: a list of either asks
-- twice and merges.
CREATE INDEX products_newest ON catalog.products (in_stock, created_at, id)
  WHERE status = 'active';
CREATE INDEX products_by_price ON catalog.products (in_stock, price, id)
  WHERE status = 'active';
CREATE INDEX products_best_selling ON catalog.products (in_stock, sold, id)
  WHERE status = 'active';
CREATE INDEX products_best_rated ON catalog.products (in_stock, rating, id)
  WHERE status = 'active';

CREATE INDEX products_newest_in_category
  ON catalog.products (category_id, in_stock, created_at, id) WHERE status = 'active';
CREATE INDEX products_by_price_in_category
  ON catalog.products (category_id, in_stock, price, id) WHERE status = 'active';
CREATE INDEX products_best_selling_in_category
  ON catalog.products (category_id, in_stock, sold, id) WHERE status = 'active';
CREATE INDEX products_best_rated_in_category
  ON catalog.products (category_id, in_stock, rating, id) WHERE status = 'active';

CREATE INDEX products_newest_in_shop
  ON catalog.products (shop_id, in_stock, created_at, id) WHERE status = 'active';
CREATE INDEX products_by_price_in_shop
  ON catalog.products (shop_id, in_stock, price, id) WHERE status = 'active';
CREATE INDEX products_best_selling_in_shop
  ON catalog.products (shop_id, in_stock, sold, id) WHERE status = 'active';
CREATE INDEX products_best_rated_in_shop
  ON catalog.products (shop_id, in_stock, rating, id) WHERE status = 'active';

-- What its seller alone sees.
CREATE INDEX products_of_shop ON catalog.products (shop_id, status, created_at, id);
-- Without it, deleting a category would read the whole table for the foreign key.
CREATE INDEX products_of_category ON catalog.products (category_id);

CREATE INDEX products_documents ON catalog.products USING gin (document)
  WHERE status = 'active';
CREATE INDEX products_names ON catalog.products (name_words text_pattern_ops)
  WHERE status = 'active';
CREATE INDEX products_attributes ON catalog.products USING gin (attributes jsonb_path_ops)
  WHERE status = 'active';

CREATE TABLE catalog.product_slugs (
  slug       text        NOT NULL,
  product_id uuid        NOT NULL,
  created_at timestamptz NOT NULL,
  CONSTRAINT product_slugs_pkey PRIMARY KEY (slug),
  CONSTRAINT product_slugs_product_fkey FOREIGN KEY (product_id) REFERENCES catalog.products (id)
);

CREATE INDEX product_slugs_by_product ON catalog.product_slugs (product_id);

CREATE TABLE catalog.variants (
  id          uuid        NOT NULL,
  product_id  uuid        NOT NULL,
  shop_id     uuid        NOT NULL,
  sku         text        NOT NULL,
  -- One value for each option of the product: {"Size": "M"}.
  options     jsonb       NOT NULL DEFAULT '{}',
  image       text,
  price       bigint      NOT NULL,
  position    integer     NOT NULL,
  -- A variant that orders may point to never goes away.
  archived_at timestamptz,
  created_at  timestamptz NOT NULL,
  updated_at  timestamptz NOT NULL,
  CONSTRAINT variants_pkey PRIMARY KEY (id),
  CONSTRAINT variants_product_fkey FOREIGN KEY (product_id) REFERENCES catalog.products (id),
  CONSTRAINT variants_sku_length CHECK (length(sku) BETWEEN 1 AND 64),
  CONSTRAINT variants_options_object CHECK (jsonb_typeof(options) = 'object'),
  CONSTRAINT variants_price_range CHECK (price BETWEEN 1 AND 10000000000000)
);

CREATE INDEX variants_by_product ON catalog.variants (product_id, position);
CREATE UNIQUE INDEX variants_sku_unique ON catalog.variants (shop_id, sku)
  WHERE archived_at IS NULL;
CREATE UNIQUE INDEX variants_options_unique ON catalog.variants (product_id, options)
  WHERE archived_at IS NULL;

-- What a variant cost, from when on, and who said so. Nobody may change or delete a row.
CREATE TABLE catalog.price_history (
  id         bigint      GENERATED ALWAYS AS IDENTITY,
  product_id uuid        NOT NULL,
  variant_id uuid        NOT NULL,
  price      bigint      NOT NULL,
  currency   text        NOT NULL,
  changed_by uuid        NOT NULL,
  changed_at timestamptz NOT NULL,
  CONSTRAINT price_history_pkey PRIMARY KEY (id),
  CONSTRAINT price_history_variant_fkey FOREIGN KEY (variant_id) REFERENCES catalog.variants (id)
);

CREATE INDEX price_history_by_product ON catalog.price_history (product_id, id);

-- Every word that ever stood in a name, for search to find what was meant by one that did not.
CREATE TABLE catalog.name_words (
  word text NOT NULL,
  CONSTRAINT name_words_pkey PRIMARY KEY (word)
);

CREATE INDEX name_words_beginnings ON catalog.name_words (word text_pattern_ops);
CREATE INDEX name_words_trigrams ON catalog.name_words USING gin (word gin_trgm_ops);

-- In order, so that two who bring the same words wait for each other in one direction only.
CREATE FUNCTION catalog.learn_words(names text[]) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO catalog.name_words (word)
  SELECT DISTINCT w.word
  FROM unnest(names) AS n (name), regexp_split_to_table(n.name, ' ') AS w (word)
  WHERE length(w.word) BETWEEN 3 AND 40
    AND NOT EXISTS (SELECT FROM catalog.name_words AS known WHERE known.word = w.word)
  ORDER BY w.word
  ON CONFLICT DO NOTHING
$$;

REVOKE EXECUTE ON FUNCTION catalog.learn_words(text[]) FROM PUBLIC;

CREATE FUNCTION catalog.learn_new_names() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM catalog.learn_words(ARRAY(SELECT DISTINCT p.name_words FROM written AS p));
  RETURN NULL;
END
$$;

CREATE FUNCTION catalog.learn_changed_name() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM catalog.learn_words(ARRAY[NEW.name_words]);
  RETURN NULL;
END
$$;

-- Once for all rows of a statement: a bulk or a COPY brings the same words over and over.
CREATE TRIGGER products_teach_words AFTER INSERT ON catalog.products
  REFERENCING NEW TABLE AS written
  FOR EACH STATEMENT EXECUTE FUNCTION catalog.learn_new_names();

CREATE TRIGGER products_teach_changed_words AFTER UPDATE OF name ON catalog.products
  FOR EACH ROW WHEN (NEW.name IS DISTINCT FROM OLD.name)
  EXECUTE FUNCTION catalog.learn_changed_name();

-- What somebody looks for, taken apart. `query` is for the documents: every word must be there, as
-- itself, as another form of it, or, for the last word, which may still be typed, as a beginning. A
-- word that no name knows is taken for a slip: then the names' most similar words do as well. Forms
-- are written out as far as names know them, because Postgres finds whole words much faster than
-- beginnings.
--
-- Some words may be the name of a category or a shop. The best of these are told with `rest`, the
-- query of the words that their names leave over; it is NULL where they leave none.
--
-- `is_common` says that, by the table's statistics, at least a tenth of all products has the words:
-- looking at the newest ones until enough are found then takes less than asking the index for all.
CREATE FUNCTION catalog.search_query(wanted text) RETURNS TABLE (
  query tsquery, is_common boolean, category_ids uuid[], category_rest tsquery, shop_ids uuid[],
  shop_rest tsquery
)
LANGUAGE plpgsql STABLE STRICT ROWS 1 SET search_path = pg_catalog, public AS $$
DECLARE
  -- Whoever pastes a page gets what its first words find.
  words text[] := (string_to_array(NULLIF(souk.words(wanted), ''), ' '))[1:10];
  queries tsquery[] := '{}';
  probes tsquery[] := '{}';
  asked text;
  stem text;
  is_last boolean;
  forms text;
  place integer;
  mask integer[];
  named uuid[];
  common_words text[];
  frequencies real[];
  share real := 1;
BEGIN
  IF words IS NULL THEN RETURN; END IF;
  SELECT s.most_common_elems::text::text[], s.most_common_elem_freqs
  INTO common_words, frequencies
  FROM pg_stats AS s
  WHERE s.schemaname = 'catalog' AND s.tablename = 'products' AND s.attname = 'document';
  FOR i IN 1..cardinality(words) LOOP
    asked := left(words[i], 40);
    is_last := i = cardinality(words);
    stem := (ts_lexize('english_stem', asked))[1];
    IF stem IS NULL OR length(stem) < 3 OR NOT starts_with(asked, stem) THEN stem := asked; END IF;
    probes[i] := (quote_literal(asked) || CASE WHEN is_last THEN ':*' ELSE '' END)::tsquery;
    SELECT string_agg(DISTINCT quote_literal(n.word), ' | ') INTO forms FROM (
      SELECT unnest(ARRAY[asked, stem, stem || 's', stem || 'es', stem || 'e', asked || 's'])
      UNION ALL
      SELECT * FROM (
        SELECT k.word FROM catalog.name_words AS k
        WHERE k.word ~>=~ stem AND k.word ~<~ (stem || chr(1114111))
        ORDER BY k.word USING ~<~ LIMIT CASE WHEN is_last THEN 40 ELSE 10 END
      ) AS known
    ) AS n (word);
    IF length(asked) >= 4 AND NOT EXISTS (
      SELECT FROM catalog.name_words AS k
      WHERE k.word ~>=~ stem AND k.word ~<~ (stem || chr(1114111))
    ) THEN
      SELECT concat_ws(' | ', forms, string_agg(quote_literal(n.word), ' | ')) INTO forms
      FROM (
        SELECT k.word FROM catalog.name_words AS k
        WHERE k.word % asked
        ORDER BY similarity(k.word, asked) DESC, k.word LIMIT 3
      ) AS n;
    END IF;
    queries[i] := forms::tsquery;
    -- A beginning of a word that names know whole need not be looked for in the documents, nor one
    -- so short that it begins everything.
    IF is_last AND length(asked) >= 3
      AND NOT EXISTS (SELECT FROM catalog.name_words AS k WHERE k.word = asked) THEN
      queries[i] := queries[i] || probes[i];
    END IF;
    query := CASE WHEN i = 1 THEN queries[i] ELSE query && queries[i] END;
    share := share * COALESCE(frequencies[array_position(common_words, asked)], 0);
  END LOOP;
  is_common := share >= 0.1;

  SELECT m.mask, array_agg(m.id) INTO mask, named FROM (
    SELECT c.id, ARRAY(
             SELECT g FROM generate_subscripts(probes, 1) AS g WHERE c.name_document @@ probes[g]
           ) AS mask
    FROM catalog.categories AS c
    WHERE c.name_document @@ (SELECT string_agg(p::text, ' | ')::tsquery FROM unnest(probes) AS p)
    LIMIT 200
  ) AS m
  GROUP BY m.mask ORDER BY cardinality(m.mask) DESC, m.mask LIMIT 1;
  SELECT array_agg(DISTINCT a.category_id) INTO category_ids
  FROM catalog.category_ancestors AS a WHERE a.ancestor_id = ANY (named);
  FOR place IN 1..CASE WHEN mask IS NULL THEN 0 ELSE cardinality(queries) END LOOP
    CONTINUE WHEN place = ANY (mask);
    category_rest := CASE WHEN category_rest IS NULL THEN queries[place]
                     ELSE category_rest && queries[place] END;
  END LOOP;

  SELECT m.mask, array_agg(m.id) INTO mask, shop_ids FROM (
    SELECT s.id, ARRAY(
             SELECT g FROM generate_subscripts(probes, 1) AS g WHERE s.name_document @@ probes[g]
           ) AS mask
    FROM shops_api.shops AS s
    WHERE s.status = 'active'
      AND s.name_document @@ (SELECT string_agg(p::text, ' | ')::tsquery FROM unnest(probes) AS p)
    LIMIT 50
  ) AS m
  GROUP BY m.mask ORDER BY cardinality(m.mask) DESC, m.mask LIMIT 1;
  FOR place IN 1..CASE WHEN mask IS NULL THEN 0 ELSE cardinality(queries) END LOOP
    CONTINUE WHEN place = ANY (mask);
    shop_rest := CASE WHEN shop_rest IS NULL THEN queries[place]
                 ELSE shop_rest && queries[place] END;
  END LOOP;
  RETURN NEXT;
END
$$;

REVOKE EXECUTE ON FUNCTION catalog.search_query(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION catalog.search_query(text) TO souk_catalog;

-- Reviews.

-- Who received what. Orders report it by catalog_api.delivered; only they may write a review.
CREATE TABLE catalog.deliveries (
  customer_id  uuid        NOT NULL,
  product_id   uuid        NOT NULL,
  order_id     uuid        NOT NULL,
  delivered_at timestamptz NOT NULL,
  CONSTRAINT deliveries_pkey PRIMARY KEY (customer_id, product_id)
);

CREATE TABLE catalog.reviews (
  id         uuid        NOT NULL,
  product_id uuid        NOT NULL,
  user_id    uuid        NOT NULL,
  rating     integer     NOT NULL,
  text       text        NOT NULL DEFAULT '',
  -- An administrator hides a review; a hidden one does not count.
  status     text        NOT NULL DEFAULT 'published',
  version    integer     NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  CONSTRAINT reviews_pkey PRIMARY KEY (id),
  CONSTRAINT reviews_product_fkey FOREIGN KEY (product_id) REFERENCES catalog.products (id),
  CONSTRAINT reviews_once_per_product UNIQUE (product_id, user_id),
  CONSTRAINT reviews_rating_range CHECK (rating BETWEEN 1 AND 5),
  CONSTRAINT reviews_text_length CHECK (length(text) <= 5000),
  CONSTRAINT reviews_status_known CHECK (status IN ('published', 'hidden'))
);

CREATE INDEX reviews_newest ON catalog.reviews (product_id, created_at DESC, id DESC)
  WHERE status = 'published';
CREATE INDEX reviews_best ON catalog.reviews (product_id, rating DESC, id DESC)
  WHERE status = 'published';

CREATE TABLE catalog.shop_ratings (
  shop_id      uuid   NOT NULL,
  rating_sum   bigint NOT NULL,
  rating_count bigint NOT NULL,
  CONSTRAINT shop_ratings_pkey PRIMARY KEY (shop_id),
  CONSTRAINT shop_ratings_possible CHECK (
    rating_count >= 0 AND rating_sum BETWEEN rating_count AND rating_count * 5)
);

-- Differences, not new sums: whoever comes second adds to what the first left. Always the product
-- before its shop, so nobody waits in a circle.
CREATE FUNCTION catalog.count_review() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  added_sum bigint := 0;
  added_count bigint := 0;
  reviewed uuid := CASE WHEN TG_OP = 'DELETE' THEN OLD.product_id ELSE NEW.product_id END;
  of_shop uuid;
BEGIN
  IF TG_OP <> 'DELETE' AND NEW.status = 'published' THEN
    added_sum := NEW.rating;
    added_count := 1;
  END IF;
  IF TG_OP <> 'INSERT' AND OLD.status = 'published' THEN
    added_sum := added_sum - OLD.rating;
    added_count := added_count - 1;
  END IF;
  IF added_sum = 0 AND added_count = 0 THEN RETURN NULL; END IF;
  UPDATE catalog.products AS p
  SET rating_sum = p.rating_sum + added_sum, rating_count = p.rating_count + added_count
  WHERE p.id = reviewed
  RETURNING p.shop_id INTO of_shop;
  INSERT INTO catalog.shop_ratings AS r (shop_id, rating_sum, rating_count)
  VALUES (of_shop, 0, 0)
  ON CONFLICT ON CONSTRAINT shop_ratings_pkey DO NOTHING;
  UPDATE catalog.shop_ratings AS r
  SET rating_sum = r.rating_sum + added_sum, rating_count = r.rating_count + added_count
  WHERE r.shop_id = of_shop;
  RETURN NULL;
END
$$;

CREATE TRIGGER reviews_count AFTER INSERT OR UPDATE OR DELETE ON catalog.reviews
  FOR EACH ROW EXECUTE FUNCTION catalog.count_review();

-- Which review an administrator touched, and why. Nobody may change or delete a row.
CREATE TABLE catalog.audit (
  id         uuid        NOT NULL,
  actor_id   uuid        NOT NULL,
  review_id  uuid        NOT NULL,
  action     text        NOT NULL,
  before     text        NOT NULL,
  after      text        NOT NULL,
  reason     text,
  request_id text        NOT NULL,
  created_at timestamptz NOT NULL,
  CONSTRAINT audit_pkey PRIMARY KEY (id)
);

-- What the domain publishes.

-- One row for each variant, archived ones as well. Whether there is any left is for Inventory.
CREATE VIEW catalog_api.sellable AS
  SELECT v.id AS variant_id, v.product_id, p.shop_id, p.category_id, v.sku,
         p.name AS product_name, p.slug AS product_slug, v.options AS variant_options,
         COALESCE(v.image, p.images[1]) AS image, v.price, p.currency, v.position,
         p.status AS product_status, s.status AS shop_status,
         v.archived_at IS NULL AND p.status = 'active' AND s.status = 'active' AS sellable
  FROM catalog.variants AS v
  JOIN catalog.products AS p ON p.id = v.product_id
  JOIN shops_api.shops AS s ON s.id = p.shop_id;

-- A category is among its own ancestors.
CREATE VIEW catalog_api.category_ancestors AS
  SELECT a.category_id, a.ancestor_id FROM catalog.category_ancestors AS a;

CREATE VIEW catalog_api.shop_ratings AS
  SELECT r.shop_id, r.rating_sum, r.rating_count FROM catalog.shop_ratings AS r;

-- Inventory tells whether any variant of the product can be had. The version stays: it is of what
-- the seller writes. The entity tag changes nevertheless, because it is made of the whole answer.
CREATE FUNCTION catalog_api.stock_changed(product_id uuid, in_stock boolean) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  UPDATE catalog.products AS p
  SET in_stock = stock_changed.in_stock
  WHERE p.id = stock_changed.product_id AND p.in_stock <> stock_changed.in_stock
$$;

-- Orders tell how many were sold; fewer than none when they are given back.
CREATE FUNCTION catalog_api.sold(product_id uuid, quantity bigint) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  UPDATE catalog.products AS p
  SET sold = GREATEST(p.sold + sold.quantity, 0)
  WHERE p.id = sold.product_id AND sold.quantity <> 0
$$;

-- Orders tell who received what. Told again, it changes nothing.
CREATE FUNCTION catalog_api.delivered(
  customer_id uuid, product_id uuid, order_id uuid, delivered_at timestamptz DEFAULT now()
) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO catalog.deliveries (customer_id, product_id, order_id, delivered_at)
  VALUES (delivered.customer_id, delivered.product_id, delivered.order_id, delivered.delivered_at)
  ON CONFLICT ON CONSTRAINT deliveries_pkey DO NOTHING
$$;

-- Whoever needs a command is granted it by the migration of their own domain.
REVOKE EXECUTE ON FUNCTION catalog_api.stock_changed(uuid, boolean) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION catalog_api.sold(uuid, bigint) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION catalog_api.delivered(uuid, uuid, uuid, timestamptz) FROM PUBLIC;

GRANT USAGE ON SCHEMA catalog, catalog_api TO souk_catalog;
GRANT USAGE ON SCHEMA catalog_api TO souk_shops;
GRANT SELECT ON catalog_api.shop_ratings TO souk_shops;

GRANT SELECT, INSERT, UPDATE, DELETE ON catalog.categories, catalog.category_ancestors
  TO souk_catalog;
GRANT SELECT, INSERT, UPDATE ON catalog.variants TO souk_catalog;
-- Stock, sales and ratings come by the commands above and by the trigger alone.
GRANT SELECT, INSERT,
      UPDATE (category_id, name, slug, description, images, attributes, options, price, status,
              version, updated_at)
  ON catalog.products TO souk_catalog;
GRANT SELECT, INSERT ON catalog.product_slugs, catalog.price_history TO souk_catalog;
GRANT SELECT, INSERT, UPDATE, DELETE ON catalog.reviews TO souk_catalog;
GRANT SELECT ON catalog.name_words, catalog.deliveries, catalog.shop_ratings TO souk_catalog;
GRANT INSERT ON catalog.audit TO souk_catalog;
