-- One role per function, with the least it needs. Roles belong to the whole server, not to this
-- database, so they may be there already.

CREATE SCHEMA IF NOT EXISTS souk;

CREATE FUNCTION souk.create_role_if_missing(role_name text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE ROLE %I LOGIN', role_name);
EXCEPTION
  -- The second is what another database's migration, running at the same moment, brings about.
  WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;

REVOKE EXECUTE ON FUNCTION souk.create_role_if_missing(text) FROM PUBLIC;

SELECT souk.create_role_if_missing('souk_auth');
SELECT souk.create_role_if_missing('souk_users');
SELECT souk.create_role_if_missing('souk_ops');

-- What every function may read: the version of the schema, for its readiness.
GRANT USAGE ON SCHEMA souk TO souk_auth, souk_users, souk_ops;
GRANT SELECT ON souk.migrations TO souk_auth, souk_users, souk_ops;
