-- Payments, refunds and the ledger they are booked in, calls of providers, saved methods. Owned by
-- the domain Payments: the functions payments and webhooks and the scheduled one write here.
--
-- Whoever changes any of it locks the payments by id, and then the wallets, which the ledger does
-- by itself. Nothing is locked while somebody outside is asked: work is taken by moving its
-- `due_at` past the longest call and counting `fence`, and what comes of it counts only while the
-- fence stands where it was.

CREATE SCHEMA payments;
CREATE SCHEMA payments_api;

SELECT souk.create_role_if_missing('souk_webhooks');

-- Where money can be. A wallet is somebody's; `provider` is what lies with a provider, below zero
-- by what it took for us; `sales` is what was paid for orders. Only wallets keep their balance:
-- everybody's payments meet in the others, which would make them stand in line.
CREATE TABLE payments.accounts (
  -- Made from kind, holder and currency, so that whoever books finds it without asking.
  id         uuid        NOT NULL,
  kind       text        NOT NULL,
  -- The user of a wallet.
  owner_id   uuid,
  provider   text,
  currency   text        NOT NULL,
  balance    bigint,
  version    integer     NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  CONSTRAINT accounts_pkey PRIMARY KEY (id),
  CONSTRAINT accounts_kind_known CHECK (kind IN ('wallet', 'provider', 'sales')),
  CONSTRAINT accounts_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT accounts_owner_of_wallets CHECK ((kind = 'wallet') = (owner_id IS NOT NULL)),
  CONSTRAINT accounts_provider_named CHECK ((kind = 'provider') = (provider IS NOT NULL)),
  CONSTRAINT accounts_balance_of_wallets CHECK ((kind = 'wallet') = (balance IS NOT NULL)),
  CONSTRAINT accounts_wallet_not_negative CHECK (balance >= 0)
);

CREATE UNIQUE INDEX accounts_wallet_unique ON payments.accounts (owner_id, currency)
  WHERE kind = 'wallet';

-- Whoever opens a wallet, it is empty.
CREATE FUNCTION payments.open_account() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  NEW.balance := CASE NEW.kind WHEN 'wallet' THEN 0 END;
  RETURN NEW;
END
$$;

CREATE TRIGGER accounts_opened_empty BEFORE INSERT ON payments.accounts
  FOR EACH ROW EXECUTE FUNCTION payments.open_account();

CREATE TABLE payments.payments (
  id                 uuid        NOT NULL,
  number             bigint      GENERATED ALWAYS AS IDENTITY,
  -- Nil: it fills the customer's wallet.
  order_id           uuid,
  customer_id        uuid        NOT NULL,
  provider           text        NOT NULL,
  method             text,
  method_id          uuid,
  status             text        NOT NULL,
  currency           text        NOT NULL,
  amount             bigint      NOT NULL,
  captured           bigint      NOT NULL DEFAULT 0,
  -- Promised to refunds that are under way.
  refunding          bigint      NOT NULL DEFAULT 0,
  refunded           bigint      NOT NULL DEFAULT 0,
  failure            text,
  return_url         text,
  redirect_url       text,
  client_secret      text,
  qr_code_url        text,
  -- What the provider calls it, once it has told.
  provider_reference text,
  -- The provider has answered that it knows of it.
  is_created         boolean     NOT NULL DEFAULT false,
  -- When the provider is to be asked next; nil when there is nothing to ask.
  due_at             timestamptz,
  asked              integer     NOT NULL DEFAULT 0,
  asked_most         integer     NOT NULL DEFAULT 12,
  fence              integer     NOT NULL DEFAULT 0,
  last_error         text,
  -- Nobody wants it any more: money that comes goes back.
  abandoned_at       timestamptz,
  abandon_reason     text,
  expires_at         timestamptz NOT NULL,
  paid_at            timestamptz,
  version            integer     NOT NULL DEFAULT 1,
  trace_parent       text,
  created_at         timestamptz NOT NULL,
  updated_at         timestamptz NOT NULL,
  CONSTRAINT payments_pkey PRIMARY KEY (id),
  CONSTRAINT payments_number_unique UNIQUE (number),
  CONSTRAINT payments_provider_known CHECK (
    provider IN ('wallet', 'cod', 'momo', 'midtrans', 'stripe', 'sandbox')),
  CONSTRAINT payments_status_known CHECK (
    status IN ('pending', 'authorized', 'captured', 'partially_refunded', 'refunded', 'failed',
               'cancelled')),
  CONSTRAINT payments_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT payments_amount_positive CHECK (amount >= 0),
  CONSTRAINT payments_captured_within CHECK (captured BETWEEN 0 AND amount),
  CONSTRAINT payments_refunded_within CHECK (
    refunded >= 0 AND refunding >= 0 AND refunded + refunding <= captured),
  CONSTRAINT payments_status_of_money CHECK (
    CASE status
      WHEN 'captured' THEN refunded = 0
      WHEN 'partially_refunded' THEN refunded > 0 AND refunded < captured
      WHEN 'refunded' THEN refunded > 0 AND refunded = captured
      ELSE captured = 0
    END),
  CONSTRAINT payments_failure_told CHECK (status <> 'failed' OR failure IS NOT NULL),
  CONSTRAINT payments_asked_within CHECK (asked BETWEEN 0 AND asked_most),
  CONSTRAINT payments_failure_length CHECK (length(failure) <= 200),
  CONSTRAINT payments_error_length CHECK (length(last_error) <= 500),
  CONSTRAINT payments_reference_length CHECK (length(provider_reference) <= 200)
);

-- An order is paid once.
CREATE UNIQUE INDEX payments_one_live ON payments.payments (order_id)
  WHERE order_id IS NOT NULL AND abandoned_at IS NULL
    AND status IN ('pending', 'authorized', 'captured', 'partially_refunded');

CREATE INDEX payments_by_order ON payments.payments (order_id, id DESC)
  WHERE order_id IS NOT NULL;
CREATE INDEX payments_by_customer ON payments.payments (customer_id, id DESC);
CREATE INDEX payments_by_customer_status ON payments.payments (customer_id, status, id DESC);
CREATE INDEX payments_top_ups ON payments.payments (expires_at)
  WHERE order_id IS NULL AND status = 'pending';
CREATE INDEX payments_due ON payments.payments (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE payments.refunds (
  id                 uuid        NOT NULL,
  payment_id         uuid        NOT NULL,
  -- The shop's part of the order that it is for.
  parcel_id          uuid,
  currency           text        NOT NULL,
  amount             bigint      NOT NULL,
  reason             text        NOT NULL,
  -- What asked for it. The same asks once.
  reference          text        NOT NULL,
  status             text        NOT NULL,
  requested_by       uuid,
  provider_reference text,
  due_at             timestamptz,
  asked              integer     NOT NULL DEFAULT 0,
  asked_most         integer     NOT NULL DEFAULT 12,
  fence              integer     NOT NULL DEFAULT 0,
  last_error         text,
  trace_parent       text,
  created_at         timestamptz NOT NULL,
  settled_at         timestamptz,
  CONSTRAINT refunds_pkey PRIMARY KEY (id),
  CONSTRAINT refunds_reference_unique UNIQUE (reference),
  CONSTRAINT refunds_payment_fkey FOREIGN KEY (payment_id) REFERENCES payments.payments (id),
  CONSTRAINT refunds_amount_positive CHECK (amount > 0),
  CONSTRAINT refunds_status_known CHECK (status IN ('pending', 'succeeded', 'failed')),
  CONSTRAINT refunds_settled_has_time CHECK ((status = 'pending') = (settled_at IS NULL)),
  CONSTRAINT refunds_reason_length CHECK (length(reason) BETWEEN 1 AND 500),
  CONSTRAINT refunds_reference_length CHECK (length(reference) BETWEEN 1 AND 400),
  CONSTRAINT refunds_asked_within CHECK (asked BETWEEN 0 AND asked_most),
  CONSTRAINT refunds_error_length CHECK (length(last_error) <= 500)
);

CREATE INDEX refunds_by_payment ON payments.refunds (payment_id, id);
CREATE INDEX refunds_by_parcel ON payments.refunds (parcel_id) WHERE parcel_id IS NOT NULL;
CREATE INDEX refunds_due ON payments.refunds (due_at) WHERE due_at IS NOT NULL;

-- The ledger. A line takes an amount from one account and gives it to another, so that it cannot
-- but sum to zero. Nobody may change one.
CREATE SEQUENCE payments.entry_numbers;

CREATE TABLE payments.entries (
  -- Drawn by the trigger below once the wallet is locked: those of one wallet are in the order in
  -- which they were booked.
  number         bigint      NOT NULL,
  from_account   uuid        NOT NULL,
  to_account     uuid        NOT NULL,
  currency       text        NOT NULL,
  amount         bigint      NOT NULL,
  kind           text        NOT NULL,
  -- What it is booked for. The same is booked once.
  reference      text        NOT NULL,
  payment_id     uuid        NOT NULL,
  refund_id      uuid,
  -- Of the wallet among the two, if one is: filled in by the trigger below.
  wallet_id      uuid,
  wallet_change  bigint,
  wallet_balance bigint,
  created_at     timestamptz NOT NULL,
  CONSTRAINT entries_pkey PRIMARY KEY (number),
  CONSTRAINT entries_reference_unique UNIQUE (reference),
  CONSTRAINT entries_payment_fkey FOREIGN KEY (payment_id) REFERENCES payments.payments (id),
  CONSTRAINT entries_refund_fkey FOREIGN KEY (refund_id) REFERENCES payments.refunds (id),
  CONSTRAINT entries_two_accounts CHECK (from_account <> to_account),
  CONSTRAINT entries_amount_positive CHECK (amount > 0),
  CONSTRAINT entries_kind_known CHECK (kind IN ('payment', 'refund', 'top_up')),
  CONSTRAINT entries_refund_named CHECK ((kind = 'refund') = (refund_id IS NOT NULL)),
  CONSTRAINT entries_reference_length CHECK (length(reference) BETWEEN 1 AND 100)
);

CREATE INDEX entries_by_wallet ON payments.entries (wallet_id, number DESC)
  WHERE wallet_id IS NOT NULL;
CREATE INDEX entries_by_payment ON payments.entries (payment_id);

-- Books a line: the only way in which a balance changes. Accounts keep their currency and stay for
-- ever, so looking at them needs no lock; foreign keys would lock, for each line, two rows that
-- all payments share.
CREATE FUNCTION payments.book() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  account record;
  found_accounts integer := 0;
BEGIN
  FOR account IN
    SELECT a.id, a.kind, a.currency FROM payments.accounts AS a
    WHERE a.id IN (NEW.from_account, NEW.to_account)
  LOOP
    IF account.currency <> NEW.currency THEN
      RAISE EXCEPTION 'an account of another currency'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'entries_one_currency';
    END IF;
    found_accounts := found_accounts + 1;
    IF account.kind = 'wallet' THEN
      IF NEW.wallet_id IS NOT NULL THEN
        RAISE EXCEPTION 'from wallet to wallet'
          USING ERRCODE = 'check_violation', CONSTRAINT = 'entries_one_wallet';
      END IF;
      NEW.wallet_id := account.id;
    END IF;
  END LOOP;
  IF found_accounts < 2 THEN
    RAISE EXCEPTION 'no such account'
      USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'entries_account_fkey';
  END IF;
  IF NEW.wallet_id IS NOT NULL THEN
    NEW.wallet_change :=
      CASE WHEN NEW.wallet_id = NEW.to_account THEN NEW.amount ELSE -NEW.amount END;
    UPDATE payments.accounts AS a
    SET balance = a.balance + NEW.wallet_change, version = a.version + 1,
        updated_at = NEW.created_at
    WHERE a.id = NEW.wallet_id
    RETURNING a.balance INTO NEW.wallet_balance;
  END IF;
  NEW.number := nextval('payments.entry_numbers');
  RETURN NEW;
END
$$;

REVOKE EXECUTE ON FUNCTION payments.book() FROM PUBLIC;

CREATE TRIGGER entries_booked BEFORE INSERT ON payments.entries
  FOR EACH ROW EXECUTE FUNCTION payments.book();

CREATE FUNCTION payments.refuse_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'what is written there stays' USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON payments.entries
  FOR EACH STATEMENT EXECUTE FUNCTION payments.refuse_change();

-- The balance of every account as its lines add up, for whoever checks.
CREATE VIEW payments.balances AS
  SELECT a.id, a.kind, a.provider, a.owner_id, a.currency, a.balance AS kept,
         COALESCE(came.sum, 0) - COALESCE(went.sum, 0) AS balance
  FROM payments.accounts AS a
  CROSS JOIN LATERAL (
    SELECT sum(e.amount) FROM payments.entries AS e WHERE e.to_account = a.id) AS came
  CROSS JOIN LATERAL (
    SELECT sum(e.amount) FROM payments.entries AS e WHERE e.from_account = a.id) AS went;

-- What providers told us, as they sent it, each message once. Its signature was good; what it says
-- is looked at later.
CREATE TABLE payments.notifications (
  id          uuid        NOT NULL,
  provider    text        NOT NULL,
  digest      bytea       NOT NULL,
  body        bytea       NOT NULL,
  remote_ip   text        NOT NULL,
  received_at timestamptz NOT NULL,
  -- Nil when it was worked off.
  due_at      timestamptz,
  tries       integer     NOT NULL DEFAULT 0,
  verdict     text,
  settled_at  timestamptz,
  CONSTRAINT notifications_pkey PRIMARY KEY (id),
  CONSTRAINT notifications_digest_unique UNIQUE (provider, digest),
  CONSTRAINT notifications_body_length CHECK (length(body) <= 65536),
  CONSTRAINT notifications_verdict_length CHECK (length(verdict) <= 500)
);

CREATE INDEX notifications_due ON payments.notifications (due_at) WHERE due_at IS NOT NULL;

-- What should not have happened, and changed nothing.
CREATE TABLE payments.security_events (
  number      bigint      GENERATED ALWAYS AS IDENTITY,
  kind        text        NOT NULL,
  provider    text        NOT NULL,
  payment_id  uuid,
  detail      text        NOT NULL,
  remote_ip   text,
  occurred_at timestamptz NOT NULL,
  CONSTRAINT security_events_pkey PRIMARY KEY (number),
  CONSTRAINT security_events_kind_known CHECK (
    kind IN ('forged', 'stale', 'repeated', 'unreadable', 'unknown_payment', 'wrong_provider',
             'wrong_amount', 'wrong_currency', 'unwanted_money')),
  CONSTRAINT security_events_detail_length CHECK (length(detail) <= 500)
);

CREATE INDEX security_events_by_payment ON payments.security_events (payment_id)
  WHERE payment_id IS NOT NULL;

CREATE TRIGGER security_events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
  ON payments.security_events FOR EACH STATEMENT EXECUTE FUNCTION payments.refuse_change();

-- How somebody likes to pay. The token is the provider's name for it, never a card's number.
CREATE TABLE payments.methods (
  id         uuid        NOT NULL,
  user_id    uuid        NOT NULL,
  provider   text        NOT NULL,
  token      text        NOT NULL,
  brand      text,
  last4      text,
  exp_month  integer,
  exp_year   integer,
  label      text,
  is_default boolean     NOT NULL,
  version    integer     NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  CONSTRAINT methods_pkey PRIMARY KEY (id),
  CONSTRAINT methods_token_unique UNIQUE (user_id, provider, token),
  CONSTRAINT methods_provider_known CHECK (provider IN ('momo', 'midtrans', 'stripe', 'sandbox')),
  CONSTRAINT methods_token_length CHECK (length(token) BETWEEN 1 AND 255),
  CONSTRAINT methods_brand_length CHECK (length(brand) <= 50),
  CONSTRAINT methods_label_length CHECK (length(label) <= 100),
  CONSTRAINT methods_last4_form CHECK (last4 ~ '^[0-9]{4}$'),
  CONSTRAINT methods_month_bounds CHECK (exp_month BETWEEN 1 AND 12),
  CONSTRAINT methods_year_bounds CHECK (exp_year BETWEEN 2000 AND 2100)
);

CREATE UNIQUE INDEX methods_default_unique ON payments.methods (user_id) WHERE is_default;
CREATE INDEX methods_by_user ON payments.methods (user_id, id);

-- What a person did with other people's money.
CREATE TABLE payments.audit (
  number     bigint      GENERATED ALWAYS AS IDENTITY,
  actor_id   uuid        NOT NULL,
  action     text        NOT NULL,
  payment_id uuid        NOT NULL,
  refund_id  uuid,
  reason     text        NOT NULL,
  created_at timestamptz NOT NULL,
  CONSTRAINT audit_pkey PRIMARY KEY (number),
  CONSTRAINT audit_action_length CHECK (length(action) BETWEEN 1 AND 50),
  CONSTRAINT audit_reason_length CHECK (length(reason) <= 500)
);

CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON payments.audit
  FOR EACH STATEMENT EXECUTE FUNCTION payments.refuse_change();

-- The sandbox's own books: what was asked of it, and the calls that it owes us.
CREATE TABLE payments.sandbox_charges (
  payment_id uuid        NOT NULL,
  method     text        NOT NULL,
  currency   text        NOT NULL,
  amount     bigint      NOT NULL,
  -- From then on it says that it has the money; nil for one that never pays.
  settles_at timestamptz,
  created_at timestamptz NOT NULL,
  CONSTRAINT sandbox_charges_pkey PRIMARY KEY (payment_id)
);

CREATE TABLE payments.sandbox_callbacks (
  payment_id uuid        NOT NULL,
  place      integer     NOT NULL,
  body       text        NOT NULL,
  due_at     timestamptz,
  tries      integer     NOT NULL DEFAULT 0,
  fence      integer     NOT NULL DEFAULT 0,
  last_error text,
  CONSTRAINT sandbox_callbacks_pkey PRIMARY KEY (payment_id, place),
  CONSTRAINT sandbox_callbacks_charge_fkey FOREIGN KEY (payment_id)
    REFERENCES payments.sandbox_charges (payment_id),
  CONSTRAINT sandbox_callbacks_error_length CHECK (length(last_error) <= 500)
);

CREATE INDEX sandbox_callbacks_due ON payments.sandbox_callbacks (due_at)
  WHERE due_at IS NOT NULL;

-- All attempts to pay orders. The last one is the one that counts.
CREATE VIEW payments_api.payments AS
  SELECT p.id, p.number, p.order_id, p.customer_id, p.provider, p.method, p.status, p.currency,
         p.amount, p.captured, p.refunded, p.failure, p.redirect_url, p.client_secret,
         p.qr_code_url, p.expires_at, p.due_at, p.asked, p.asked_most, p.created_at, p.paid_at
  FROM payments.payments AS p
  WHERE p.order_id IS NOT NULL;

CREATE VIEW payments_api.methods AS
  SELECT m.id, m.user_id, m.provider FROM payments.methods AS m;

-- The function payments.
GRANT USAGE ON SCHEMA souk, outbox, identity_api, shops_api, payments TO souk_payments;
GRANT SELECT ON souk.migrations, identity_api.live_sessions, identity_api.recent_revocations,
  shops_api.shops TO souk_payments;
GRANT SELECT, INSERT, DELETE ON souk.idempotency_keys TO souk_payments;
GRANT INSERT ON outbox.events TO souk_payments;
GRANT SELECT, INSERT, UPDATE ON payments.payments, payments.refunds TO souk_payments;
GRANT SELECT, INSERT, UPDATE, DELETE ON payments.methods TO souk_payments;
GRANT INSERT ON payments.audit TO souk_payments;

-- The scheduled function, which asks the providers.
GRANT USAGE ON SCHEMA payments TO souk_scheduler;
GRANT SELECT, INSERT, UPDATE ON payments.payments, payments.refunds TO souk_scheduler;
GRANT SELECT, UPDATE ON payments.notifications TO souk_scheduler;
GRANT SELECT ON payments.methods TO souk_scheduler;
GRANT SELECT, INSERT, UPDATE ON payments.sandbox_charges, payments.sandbox_callbacks
  TO souk_scheduler;

-- Who books. To lock a wallet one needs leave to update some column of it.
GRANT SELECT, INSERT, UPDATE (version) ON payments.accounts TO souk_payments, souk_scheduler;
GRANT SELECT, INSERT ON payments.entries TO souk_payments, souk_scheduler;
GRANT INSERT ON payments.security_events TO souk_payments, souk_scheduler;

-- The function webhooks puts down what it was told, and reads nothing.
GRANT USAGE ON SCHEMA souk, identity_api, payments TO souk_webhooks;
GRANT SELECT ON souk.migrations, identity_api.live_sessions, identity_api.recent_revocations
  TO souk_webhooks;
GRANT INSERT ON payments.notifications, payments.security_events TO souk_webhooks;

-- What orders show of their sagas.
GRANT USAGE ON SCHEMA saga_api TO souk_orders;
GRANT SELECT ON saga_api.standing, saga_api.steps TO souk_orders;

-- What others may read of payments.
GRANT USAGE ON SCHEMA payments_api TO souk_orders;
GRANT SELECT ON payments_api.payments, payments_api.methods TO souk_orders;
