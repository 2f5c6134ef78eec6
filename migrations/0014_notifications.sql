-- Notifications: what people are told, where they want to be told it, and the mails and short
-- messages that are to be sent. Owned by the domain Notifications: the function notifications and
-- the scheduled one write here.

CREATE SCHEMA notifications;

SELECT souk.create_role_if_missing('souk_notifications');
SELECT souk.create_role_if_missing('souk_scheduler');

-- What somebody reads in the application.
CREATE TABLE notifications.messages (
  id         uuid        NOT NULL,
  event_id   uuid        NOT NULL,
  user_id    uuid        NOT NULL,
  topic      text        NOT NULL,
  kind       text        NOT NULL,
  title      text        NOT NULL,
  text       text        NOT NULL,
  -- Ids of what it is about.
  data       jsonb       NOT NULL,
  read_at    timestamptz,
  created_at timestamptz NOT NULL,
  CONSTRAINT messages_pkey PRIMARY KEY (id),
  CONSTRAINT messages_once UNIQUE (event_id, user_id),
  CONSTRAINT messages_topic_known CHECK (topic IN ('orders', 'deliveries', 'payments', 'shop')),
  CONSTRAINT messages_data_is_object CHECK (jsonb_typeof(data) = 'object'),
  CONSTRAINT messages_title_length CHECK (length(title) BETWEEN 1 AND 200),
  CONSTRAINT messages_text_length CHECK (length(text) BETWEEN 1 AND 4000)
);

CREATE INDEX messages_by_user ON notifications.messages (user_id, id DESC);
CREATE INDEX messages_unread ON notifications.messages (user_id, id DESC) WHERE read_at IS NULL;

-- Only what somebody chose; the rest is as it is for everybody.
CREATE TABLE notifications.preferences (
  user_id    uuid        NOT NULL,
  topic      text        NOT NULL,
  mail       boolean     NOT NULL,
  sms        boolean     NOT NULL,
  in_app     boolean     NOT NULL,
  updated_at timestamptz NOT NULL,
  CONSTRAINT preferences_pkey PRIMARY KEY (user_id, topic),
  CONSTRAINT preferences_topic_known CHECK (topic IN ('orders', 'deliveries', 'payments', 'shop'))
);

-- What is to be sent, and what became of it. Work is taken by moving `due_at` past the longest call
-- and counting `fence`; what comes of it counts only while the fence stands where it was.
CREATE TABLE notifications.deliveries (
  id         uuid        NOT NULL,
  number     bigint      GENERATED ALWAYS AS IDENTITY,
  event_id   uuid        NOT NULL,
  user_id    uuid        NOT NULL,
  channel    text        NOT NULL,
  address    text        NOT NULL,
  template   text        NOT NULL,
  -- What fills the blanks of the template. Emptied when it is over: it can hold a token.
  blanks     jsonb       NOT NULL,
  state      text        NOT NULL DEFAULT 'pending',
  attempts   integer     NOT NULL DEFAULT 0,
  fence      integer     NOT NULL DEFAULT 0,
  -- When it is tried next; nil when it is over.
  due_at     timestamptz,
  last_error text,
  created_at timestamptz NOT NULL,
  settled_at timestamptz,
  CONSTRAINT deliveries_pkey PRIMARY KEY (id),
  CONSTRAINT deliveries_number_unique UNIQUE (number),
  CONSTRAINT deliveries_once UNIQUE (event_id, user_id, channel),
  CONSTRAINT deliveries_channel_known CHECK (channel IN ('mail', 'sms')),
  CONSTRAINT deliveries_state_known CHECK (state IN ('pending', 'sent', 'failed')),
  CONSTRAINT deliveries_due_while_pending CHECK ((state = 'pending') = (due_at IS NOT NULL)),
  CONSTRAINT deliveries_settled_when_over CHECK ((state = 'pending') = (settled_at IS NULL)),
  CONSTRAINT deliveries_blanks_is_object CHECK (jsonb_typeof(blanks) = 'object'),
  CONSTRAINT deliveries_address_length CHECK (length(address) BETWEEN 1 AND 320),
  CONSTRAINT deliveries_error_length CHECK (length(last_error) <= 500)
);

CREATE INDEX deliveries_due ON notifications.deliveries (channel, due_at)
  WHERE state = 'pending';
CREATE INDEX deliveries_over ON notifications.deliveries (settled_at) WHERE state <> 'pending';

-- Where somebody is reached, while the account is open.
CREATE VIEW identity_api.contacts AS
  SELECT u.id, u.email, u.phone, u.full_name FROM identity.users AS u WHERE u.status = 'active';

GRANT USAGE ON SCHEMA identity_api, shops_api, orders_api, catalog_api, notifications
  TO souk_scheduler;
GRANT SELECT ON identity_api.contacts, shops_api.shops, orders_api.orders, orders_api.parcels,
  catalog_api.sellable TO souk_scheduler;
GRANT SELECT, INSERT ON notifications.messages TO souk_scheduler;
GRANT SELECT ON notifications.preferences TO souk_scheduler;
GRANT SELECT, INSERT, UPDATE, DELETE ON notifications.deliveries TO souk_scheduler;

GRANT USAGE ON SCHEMA souk, identity_api, notifications TO souk_notifications;
GRANT SELECT ON souk.migrations, identity_api.live_sessions, identity_api.recent_revocations
  TO souk_notifications;
GRANT SELECT, INSERT, DELETE ON souk.idempotency_keys TO souk_notifications;
GRANT SELECT, UPDATE (read_at) ON notifications.messages TO souk_notifications;
GRANT SELECT, INSERT, UPDATE ON notifications.preferences TO souk_notifications;
