-- Users, their sessions, addresses and shippers. Owned by the domain Identity: the functions auth
-- and users write here, everybody else sees the views of identity_api.

CREATE SCHEMA identity;
CREATE SCHEMA identity_api;

CREATE TABLE identity.users (
  id                   uuid        NOT NULL,
  number               bigint      GENERATED ALWAYS AS IDENTITY,
  -- Null after the account was deleted. Addresses differ by more than case in theory only.
  email                text,
  email_key            text        GENERATED ALWAYS AS (lower(email)) STORED,
  username             text,
  username_key         text        GENERATED ALWAYS AS (lower(username)) STORED,
  password_hash        text,
  full_name            text        NOT NULL,
  phone                text,
  avatar_url           text,
  birthday             date,
  gender               text,
  roles                text[]      NOT NULL DEFAULT '{customer}',
  status               text        NOT NULL DEFAULT 'active',
  email_verified_at    timestamptz,
  profile_completed_at timestamptz,
  -- Access tokens issued before this are refused: the status changed, or all sessions were ended.
  tokens_valid_after   timestamptz NOT NULL,
  -- Access tokens issued before this carry roles that are no longer true.
  roles_changed_at     timestamptz,
  version              integer     NOT NULL DEFAULT 1,
  created_at           timestamptz NOT NULL,
  updated_at           timestamptz NOT NULL,
  CONSTRAINT users_pkey PRIMARY KEY (id),
  CONSTRAINT users_number_unique UNIQUE (number),
  CONSTRAINT users_email_unique UNIQUE (email_key),
  CONSTRAINT users_username_unique UNIQUE (username_key),
  CONSTRAINT users_status_known CHECK (status IN ('active', 'disabled', 'deleted')),
  CONSTRAINT users_gender_known CHECK (gender IN ('male', 'female', 'other')),
  CONSTRAINT users_roles_known CHECK (
    roles <@ ARRAY['customer', 'seller', 'shipper', 'admin'] AND 'customer' = ANY (roles)),
  CONSTRAINT users_deleted_is_empty CHECK (
    (status = 'deleted') = (email IS NULL AND password_hash IS NULL))
);

CREATE INDEX users_by_creation ON identity.users (created_at DESC, id DESC);
CREATE INDEX users_admins ON identity.users (id) WHERE 'admin' = ANY (roles);

CREATE TABLE identity.sessions (
  id           uuid        NOT NULL,
  user_id      uuid        NOT NULL,
  device       text,
  ip           text        NOT NULL,
  created_at   timestamptz NOT NULL,
  last_used_at timestamptz NOT NULL,
  expires_at   timestamptz NOT NULL,
  ended_at     timestamptz,
  end_reason   text,
  CONSTRAINT sessions_pkey PRIMARY KEY (id),
  CONSTRAINT sessions_user_fkey FOREIGN KEY (user_id) REFERENCES identity.users (id),
  CONSTRAINT sessions_end_has_reason CHECK ((ended_at IS NULL) = (end_reason IS NULL)),
  CONSTRAINT sessions_end_reason_known CHECK (
    end_reason IN ('logout', 'logout_all', 'ended_by_user', 'password_changed', 'token_reused',
                   'account_disabled', 'account_deleted'))
);

CREATE INDEX sessions_live_by_user ON identity.sessions (user_id, last_used_at DESC)
  WHERE ended_at IS NULL;
CREATE INDEX sessions_ended ON identity.sessions (ended_at) WHERE ended_at IS NOT NULL;

-- Only hashes: whoever reads this table can sign in as nobody.
CREATE TABLE identity.refresh_tokens (
  hash       bytea       NOT NULL,
  session_id uuid        NOT NULL,
  created_at timestamptz NOT NULL,
  spent_at   timestamptz,
  CONSTRAINT refresh_tokens_pkey PRIMARY KEY (hash),
  CONSTRAINT refresh_tokens_session_fkey FOREIGN KEY (session_id) REFERENCES identity.sessions (id)
);

CREATE INDEX refresh_tokens_by_session ON identity.refresh_tokens (session_id);

CREATE TABLE identity.mail_tokens (
  hash       bytea       NOT NULL,
  user_id    uuid        NOT NULL,
  purpose    text        NOT NULL,
  -- The address it was sent to: a token must not verify another one.
  email      text        NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at    timestamptz,
  CONSTRAINT mail_tokens_pkey PRIMARY KEY (hash),
  CONSTRAINT mail_tokens_user_fkey FOREIGN KEY (user_id) REFERENCES identity.users (id),
  CONSTRAINT mail_tokens_purpose_known CHECK (purpose IN ('verify_email', 'reset_password'))
);

CREATE INDEX mail_tokens_by_user ON identity.mail_tokens (user_id, purpose);

CREATE TABLE identity.addresses (
  id         uuid             NOT NULL,
  user_id    uuid             NOT NULL,
  recipient  text             NOT NULL,
  phone      text             NOT NULL,
  street     text             NOT NULL,
  ward       text,
  district   text,
  city       text             NOT NULL,
  postcode   text,
  country    text             NOT NULL,
  lat        double precision,
  long       double precision,
  is_default boolean          NOT NULL,
  version    integer          NOT NULL DEFAULT 1,
  created_at timestamptz      NOT NULL,
  updated_at timestamptz      NOT NULL,
  CONSTRAINT addresses_pkey PRIMARY KEY (id),
  CONSTRAINT addresses_user_fkey FOREIGN KEY (user_id) REFERENCES identity.users (id),
  CONSTRAINT addresses_country_code CHECK (country ~ '^[A-Z]{2}$'),
  CONSTRAINT addresses_place_is_whole CHECK ((lat IS NULL) = (long IS NULL)),
  CONSTRAINT addresses_place_on_earth CHECK (
    lat BETWEEN -90 AND 90 AND long BETWEEN -180 AND 180)
);

CREATE INDEX addresses_by_user ON identity.addresses (user_id, created_at DESC, id DESC);
CREATE UNIQUE INDEX addresses_one_default ON identity.addresses (user_id) WHERE is_default;

CREATE TABLE identity.shippers (
  user_id           uuid        NOT NULL,
  vehicle_type      text        NOT NULL,
  license_plate     text        NOT NULL,
  vehicle_image_url text,
  identity_card_url text,
  created_at        timestamptz NOT NULL,
  updated_at        timestamptz NOT NULL,
  CONSTRAINT shippers_pkey PRIMARY KEY (user_id),
  CONSTRAINT shippers_user_fkey FOREIGN KEY (user_id) REFERENCES identity.users (id),
  CONSTRAINT shippers_vehicle_known CHECK (
    vehicle_type IN ('motorcycle', 'bicycle', 'car', 'van', 'truck'))
);

-- Who changed whose rights, and why. Nobody may change or delete a row.
CREATE TABLE identity.audit (
  id         uuid        NOT NULL,
  actor_id   uuid        NOT NULL,
  user_id    uuid        NOT NULL,
  action     text        NOT NULL,
  before     text        NOT NULL,
  after      text        NOT NULL,
  reason     text,
  request_id text        NOT NULL,
  created_at timestamptz NOT NULL,
  CONSTRAINT audit_pkey PRIMARY KEY (id)
);

CREATE INDEX audit_by_user ON identity.audit (user_id, created_at DESC);

-- What every function may know: enough to refuse a token while Redis is away.
CREATE VIEW identity_api.live_sessions AS
  SELECT s.id, s.user_id, u.tokens_valid_after, u.roles
  FROM identity.sessions AS s
  JOIN identity.users AS u ON u.id = s.user_id
  WHERE s.ended_at IS NULL AND u.status = 'active';

CREATE VIEW identity_api.recent_revocations AS
  SELECT s.id AS session_id, NULL::uuid AS user_id, s.ended_at AS since, NULL::text[] AS roles,
         NULL::integer AS version
  FROM identity.sessions AS s
  WHERE s.ended_at > now() - interval '20 minutes'
  UNION ALL
  SELECT NULL, u.id, u.roles_changed_at, u.roles, u.version
  FROM identity.users AS u
  WHERE u.roles_changed_at > now() - interval '20 minutes'
  UNION ALL
  SELECT NULL, u.id, u.tokens_valid_after, NULL, NULL
  FROM identity.users AS u
  WHERE u.tokens_valid_after > now() - interval '20 minutes' AND u.tokens_valid_after > u.created_at;

CREATE INDEX users_by_token_validity ON identity.users (tokens_valid_after);
CREATE INDEX users_by_role_change ON identity.users (roles_changed_at)
  WHERE roles_changed_at IS NOT NULL;

GRANT USAGE ON SCHEMA identity TO souk_auth, souk_users;
GRANT USAGE ON SCHEMA identity_api TO souk_auth, souk_users, souk_ops;
GRANT SELECT ON identity_api.live_sessions, identity_api.recent_revocations
  TO souk_auth, souk_users, souk_ops;

GRANT SELECT, INSERT, UPDATE ON identity.users, identity.sessions TO souk_auth;
GRANT SELECT, INSERT, UPDATE ON identity.refresh_tokens, identity.mail_tokens TO souk_auth;

GRANT SELECT, UPDATE ON identity.users, identity.sessions TO souk_users;
GRANT SELECT, INSERT, UPDATE, DELETE ON identity.addresses, identity.shippers TO souk_users;
-- A condition reads what it names: deleting a user's tokens needs their column.
GRANT SELECT (user_id), DELETE ON identity.mail_tokens TO souk_users;
GRANT INSERT ON identity.audit TO souk_users;
