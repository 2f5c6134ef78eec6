import Core
import KitTesting
import Postgres
import Testing

/// A function can do in the database what it must, and Postgres itself refuses the rest: also to
/// somebody who made the function send other statements than its own.
@Suite struct LeastPrivilegeTests {
  private static let refused: [String: [SQL]] = [
    "souk_users": [
      """
      INSERT INTO identity.users (id, full_name, tokens_valid_after, created_at, updated_at)
      VALUES (gen_random_uuid(), 'x', now(), now(), now())
      """,
      "DELETE FROM identity.users", "TRUNCATE identity.users CASCADE",
      "INSERT INTO identity.sessions (id, user_id) VALUES (gen_random_uuid(), gen_random_uuid())",
      "DELETE FROM identity.sessions", "SELECT hash FROM identity.refresh_tokens",
      "INSERT INTO identity.refresh_tokens (hash) VALUES ('x')",
      "SELECT hash FROM identity.mail_tokens", "SELECT id FROM cart.carts",
      "UPDATE identity.mail_tokens SET used_at = NULL",
      "SELECT reason FROM identity.audit", "UPDATE identity.audit SET reason = 'x'",
      "DELETE FROM identity.audit",
    ],
    "souk_auth": [
      "DELETE FROM identity.users", "DELETE FROM identity.sessions",
      "DELETE FROM identity.refresh_tokens", "SELECT id FROM identity.addresses",
      "SELECT user_id FROM identity.shippers", "SELECT id FROM identity.audit",
      "INSERT INTO identity.audit (id) VALUES (gen_random_uuid())",
      "DELETE FROM identity.mail_tokens",
    ],
    "souk_shops": [
      "DELETE FROM promotions.promotions", "SELECT order_id FROM promotions.uses",
      "UPDATE promotions.customers SET used = 0", "SELECT id FROM cart.carts",
      "UPDATE inventory.stock SET on_hand = 7", "UPDATE catalog.products SET price = 1",
      "SELECT id FROM identity.users", "UPDATE identity.users SET roles = '{customer,admin}'",
      "UPDATE shops.shops SET currency = 'USD'", "UPDATE shops.shops SET owner_id = NULL",
      "DELETE FROM shops.shops", "SELECT reason FROM shops.audit", "DELETE FROM shops.audit",
      "SELECT id FROM catalog.products", "UPDATE catalog.shop_ratings SET rating_sum = 0",
      "SELECT catalog_api.sold(gen_random_uuid(), 1)",
    ],
    "souk_catalog": [
      "SELECT id FROM identity.users", "SELECT id FROM shops.shops",
      "UPDATE shops_api.shops SET status = 'active'", "DELETE FROM catalog.products",
      "UPDATE catalog.products SET sold = 9", "UPDATE catalog.products SET rating_sum = 9",
      "DELETE FROM catalog.variants", "UPDATE catalog.price_history SET price = 1",
      "DELETE FROM catalog.price_history", "UPDATE catalog.shop_ratings SET rating_sum = 0",
      "DELETE FROM catalog.product_slugs", "SELECT reason FROM catalog.audit",
      "INSERT INTO catalog.deliveries (order_id) VALUES (gen_random_uuid())",
      "SELECT catalog_api.delivered(gen_random_uuid(), gen_random_uuid(), gen_random_uuid())",
      "SELECT catalog_api.stock_changed(gen_random_uuid(), true)",
      "UPDATE inventory.stock SET on_hand = 1",
      "SELECT identity_api.grant_seller(gen_random_uuid(), now(), now())",
    ],
    "souk_ops": [
      "SELECT id FROM identity.users", "SELECT id FROM identity.sessions",
      "UPDATE identity.users SET roles = '{customer,admin}'", "SELECT id FROM identity.audit",
      "INSERT INTO outbox.events (type) VALUES ('x')", "UPDATE saga.sagas SET state = 'done'",
      "INSERT INTO saga.decisions (verb) VALUES ('skip')",
    ],
    "souk_inventory": [
      "DELETE FROM inventory.stock", "UPDATE inventory.movements SET reason = 'x'",
      "DELETE FROM inventory.movements", "DELETE FROM inventory.reservations",
      "INSERT INTO inventory.stock (variant_id) VALUES (gen_random_uuid())",
      "UPDATE inventory.products SET variants_in_stock = 7",
      "UPDATE catalog.products SET price = 1", "SELECT id FROM catalog.products",
      "UPDATE shops.shops SET name = 'x'", "SELECT id FROM cart.carts",
      "SELECT id FROM promotions.promotions", "SELECT id FROM identity.users",
      "SELECT catalog_api.stock_changed(gen_random_uuid(), true)",
    ],
    "souk_cart": [
      "SELECT variant_id FROM inventory.stock", "UPDATE inventory.stock SET reserved = 0",
      "SELECT id FROM catalog.products", "UPDATE catalog.variants SET price = 1",
      "SELECT id FROM promotions.promotions", "UPDATE promotions.promotions SET used = 0",
      "SELECT order_id FROM promotions.uses", "SELECT id FROM identity.users",
      "INSERT INTO outbox.events (type) VALUES ('x')",
      "SELECT cart_api.merge('x', gen_random_uuid(), gen_random_uuid(), now())",
    ],
    "souk_orders": [
      "DELETE FROM orders.orders", "UPDATE orders.history SET words = 'x'",
      "DELETE FROM orders.history", "UPDATE inventory.stock SET reserved = 0",
      "SELECT id FROM identity.users", "SELECT id FROM identity.addresses",
      "SELECT id FROM cart.carts", "SELECT id FROM catalog.products",
      "UPDATE promotions.promotions SET used = 0", "SELECT id FROM payments.payments",
      "UPDATE payments_api.payments SET status = 'captured'", "SELECT id FROM saga.sagas",
      "SELECT cart_api.bought(gen_random_uuid(), '{}', '{}', '{}', now())",
      "SELECT orders_api.remember_return_url(gen_random_uuid(), gen_random_uuid(), 'x')",
    ],
    "souk_payments": [
      "UPDATE payments.accounts SET balance = 1", "UPDATE payments.entries SET amount = 1",
      "DELETE FROM payments.entries", "DELETE FROM payments.payments",
      "SELECT body FROM payments.notifications", "SELECT kind FROM payments.security_events",
      "DELETE FROM payments.refunds", "SELECT reason FROM payments.audit",
      "SELECT id FROM orders.orders", "UPDATE orders_api.orders SET status = 'paid'",
      "UPDATE orders.orders SET payment_return_url = 'https://x.example'",
      "SELECT id FROM identity.users", "SELECT id FROM saga.sagas",
      "UPDATE payments.sandbox_charges SET settles_at = now()",
      "SELECT due_at FROM payments.sandbox_callbacks",
    ],
    "souk_webhooks": [
      "SELECT id FROM payments.payments", "UPDATE payments.payments SET status = 'captured'",
      "SELECT body FROM payments.notifications", "DELETE FROM payments.notifications",
      "UPDATE payments.notifications SET due_at = NULL", "SELECT id FROM orders_api.orders",
      "SELECT kind FROM payments.security_events", "SELECT id FROM payments.accounts",
      "INSERT INTO payments.entries (amount) VALUES (1)",
      "INSERT INTO outbox.events (type) VALUES ('x')",
    ],
    "souk_notifications": [
      "SELECT id FROM notifications.deliveries", "DELETE FROM notifications.messages",
      "INSERT INTO notifications.messages (id) VALUES (gen_random_uuid())",
      "UPDATE notifications.messages SET title = 'x'",
      "UPDATE notifications.messages SET user_id = gen_random_uuid()",
      "UPDATE notifications.deliveries SET address = 'x'", "DELETE FROM notifications.preferences",
      "SELECT email FROM identity_api.contacts", "SELECT id FROM identity.users",
      "SELECT id FROM orders_api.orders", "INSERT INTO outbox.events (type) VALUES ('x')",
    ],
  ]

  private static let roles = [
    "souk_users", "souk_auth", "souk_shops", "souk_catalog", "souk_inventory", "souk_cart",
    "souk_orders", "souk_payments", "souk_webhooks", "souk_notifications", "souk_ops",
  ]

  /// For all of them alike.
  private static let refusedToAll: [SQL] = [
    "SELECT id FROM outbox.events", "UPDATE outbox.events SET payload = '{}'",
    "DELETE FROM outbox.events", "UPDATE souk.idempotency_keys SET body = ''",
    "INSERT INTO souk.migrations (number) VALUES (99)", "DELETE FROM souk.migrations",
    "CREATE TABLE identity.mine (id int)", "CREATE TABLE public.mine (id int)",
    "CREATE SCHEMA mine", "CREATE ROLE mine", "ALTER TABLE identity.users ADD COLUMN mine int",
    "DROP TABLE identity.users",
    "SELECT souk.create_role_if_missing('mine')", "SELECT pg_read_file('/etc/passwd')",
    "SELECT rolpassword FROM pg_authid",
    "CREATE OR REPLACE VIEW identity_api.live_sessions AS SELECT 1 AS id",
  ]

  @Test(arguments: roles)
  func postgresRefusesTheRest(_ role: String) throws {
    let database = try TestDatabase().database(role: role)
    for sql in (Self.refused[role] ?? []) + Self.refusedToAll {
      let error = #expect(throws: PostgresError.self, "\(sql.text)") {
        try database.execute(sql)
      }
      // 42501: not the owner of a table is the same state, and so is a missing grant.
      #expect(error?.code == .permissionDenied, "\(sql.text): \(String(reflecting: error))")
    }
  }

  /// The control: what is published, everybody may read.
  @Test(arguments: roles)
  func whatIsPublishedIsReadable(_ role: String) throws {
    let database = try TestDatabase().database(role: role)
    for table: SQL in [
      "identity_api.live_sessions", "identity_api.recent_revocations", "souk.migrations",
    ] {
      try database.execute("SELECT count(*) FROM \(table)")
    }
  }
}
