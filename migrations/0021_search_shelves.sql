-- Search among very many products: nothing is looked for that no document has, and words of many
-- products are looked for where there is enough of them.

CREATE EXTENSION IF NOT EXISTS btree_gin WITH SCHEMA public;

-- Products stand on shelves of 16,384 in the order they came; what is sold out stands on none. The
-- index holds the shelf beside the words, so that one shelf is searched without reading of others.
CREATE INDEX products_documents_by_shelf ON catalog.products
  USING gin (document, (CASE WHEN in_stock THEN number >> 14 END)) WHERE status = 'active';
DROP INDEX catalog.products_documents;
ALTER INDEX catalog.products_documents_by_shelf RENAME TO products_documents;

-- Every word that ever stood in a document. An index is asked for each form of a word by itself,
-- and for each that it finds there: what is not here need not be asked for.
CREATE TABLE catalog.document_words (
  word text COLLATE "C" NOT NULL,
  CONSTRAINT document_words_pkey PRIMARY KEY (word)
);

INSERT INTO catalog.document_words (word)
SELECT s.word FROM ts_stat('SELECT p.document FROM catalog.products AS p') AS s;

-- In order, as `catalog.learn_words` does it.
CREATE FUNCTION catalog.learn_new_documents() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO catalog.document_words (word)
  SELECT w.lexeme COLLATE "C"
  FROM (SELECT DISTINCT u.lexeme FROM written AS p, unnest(p.document) AS u) AS w
  WHERE NOT EXISTS (SELECT FROM catalog.document_words AS known WHERE known.word = w.lexeme)
  ORDER BY 1
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END
$$;

CREATE FUNCTION catalog.learn_changed_document() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO catalog.document_words (word)
  SELECT w.lexeme COLLATE "C" FROM unnest(NEW.document) AS w
  WHERE NOT EXISTS (SELECT FROM catalog.document_words AS known WHERE known.word = w.lexeme)
  ORDER BY 1
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END
$$;

REVOKE EXECUTE ON FUNCTION catalog.learn_new_documents(), catalog.learn_changed_document()
  FROM PUBLIC;

CREATE TRIGGER products_teach_documents AFTER INSERT ON catalog.products
  REFERENCING NEW TABLE AS written
  FOR EACH STATEMENT EXECUTE FUNCTION catalog.learn_new_documents();

CREATE TRIGGER products_teach_changed_documents
  AFTER UPDATE OF name, attributes, description ON catalog.products
  FOR EACH ROW WHEN (NEW.document IS DISTINCT FROM OLD.document)
  EXECUTE FUNCTION catalog.learn_changed_document();

-- What somebody looks for, taken apart. `query` is for the documents: every word must be there, as
-- itself, as another form of it, or, for the last word, which may still be typed, as a beginning. A
-- word that no name knows is taken for a slip: then the names' most similar words do as well. Forms
-- and beginnings are written out as far as documents have them, because Postgres finds few whole
-- words much faster than many, or than beginnings.
--
-- Some words may be the name of a category or a shop. The best of these are told with `rest`, the
-- query of the words that their names leave over; it is NULL where they leave none.
--
-- `catalog.search_query`, which this replaces, stays for functions that run while this is made.
CREATE FUNCTION catalog.search_terms(wanted text) RETURNS TABLE (
  query tsquery, category_ids uuid[], category_rest tsquery, shop_ids uuid[], shop_rest tsquery
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
  known text[];
  forms text[];
  beginnings text[];
  place integer;
  mask integer[];
  named uuid[];
BEGIN
  IF words IS NULL THEN RETURN; END IF;
  FOR i IN 1..cardinality(words) LOOP
    asked := left(words[i], 40);
    is_last := i = cardinality(words);
    stem := (ts_lexize('english_stem', asked))[1];
    IF stem IS NULL OR length(stem) < 3 OR NOT starts_with(asked, stem) THEN stem := asked; END IF;
    probes[i] := (quote_literal(asked) || CASE WHEN is_last THEN ':*' ELSE '' END)::tsquery;
    known := ARRAY(
      SELECT k.word FROM catalog.name_words AS k
      WHERE k.word ~>=~ stem AND k.word ~<~ (stem || chr(1114111))
      ORDER BY k.word USING ~<~ LIMIT CASE WHEN is_last THEN 40 ELSE 10 END);
    forms := known || asked || ARRAY(
      SELECT d.word FROM catalog.document_words AS d
      WHERE d.word = ANY (ARRAY[stem, stem || 's', stem || 'es', stem || 'e', asked || 's']));
    IF length(asked) >= 4 AND known = '{}' THEN
      forms := forms || ARRAY(
        SELECT k.word FROM catalog.name_words AS k
        WHERE k.word % asked
        ORDER BY similarity(k.word, asked) DESC, k.word LIMIT 3);
    END IF;
    -- A beginning of a word that names know whole need not be looked for in the documents, nor one
    -- so short that it begins everything.
    beginnings := '{}';
    IF is_last AND length(asked) >= 3
      AND NOT EXISTS (SELECT FROM catalog.name_words AS k WHERE k.word = asked) THEN
      beginnings := ARRAY(
        SELECT d.word FROM catalog.document_words AS d
        WHERE d.word >= asked AND d.word < asked || chr(1114111)
        ORDER BY d.word LIMIT 41);
    END IF;
    queries[i] := (
      SELECT string_agg(DISTINCT quote_literal(f.word), ' | ')
      FROM unnest(forms || beginnings[1:40]) AS f (word))::tsquery;
    IF cardinality(beginnings) > 40 THEN queries[i] := queries[i] || probes[i]; END IF;
    query := CASE WHEN i = 1 THEN queries[i] ELSE query && queries[i] END;
  END LOOP;

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

REVOKE EXECUTE ON FUNCTION catalog.search_terms(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION catalog.search_terms(text) TO souk_catalog;
GRANT SELECT ON catalog.document_words TO souk_catalog;
