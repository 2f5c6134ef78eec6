-- What a second wish to pay, which was uttered together with the first, is known by.
CREATE OR REPLACE VIEW orders_api.orders AS
  SELECT o.id, o.number, o.customer_id, o.status, o.currency, o.total, o.expires_at, o.placed_at,
         o.payment_provider, o.payment_method, o.payment_method_id, o.hold_id
  FROM orders.orders AS o;

-- A claim that nobody makes true is void after a day: it too is offered again.
DROP INDEX orders.parcels_to_claim;
CREATE INDEX parcels_packed ON orders.parcels (id) WHERE status = 'packed';

-- What somebody would lose with an account.
CREATE VIEW payments_api.wallets AS
  SELECT a.owner_id AS user_id, a.currency, a.balance FROM payments.accounts AS a
  WHERE a.kind = 'wallet';

GRANT USAGE ON SCHEMA payments_api, shops_api TO souk_users;
GRANT SELECT ON payments_api.wallets TO souk_users;
GRANT SELECT (id, owner_id, status) ON shops_api.shops TO souk_users;
