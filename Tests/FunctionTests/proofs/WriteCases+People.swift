import Core
import Crypto
import JSON
import KitTesting
import Postgres
import Testing

/// How people come in, go out, and prove who they are.
extension WriteCase {
  static let signing = [
    WriteCase(
      "register",
      """
      SELECT count(*) FROM identity.users AS u
      JOIN identity.sessions AS s ON s.user_id = u.id
      JOIN outbox.events AS e ON e.aggregate_id = u.id AND e.type = 'user.registered.v1'
      """
    ) { _ in
      WriteRequest(
        "auth", "POST", "/auth/register", as: nil,
        [
          "email": .string("\(IDSource().uuid())@example.com"),
          "password": .string(Bazaar.password), "full_name": "Ana",
        ])
    },
    // An answer that got lost leaves a session that nobody uses. What there is can be refreshed,
    // and what the guest had came along once.
    WriteCase(
      "log_in",
      """
      SELECT count(*) FROM cart.items AS i JOIN cart.carts AS c ON c.id = i.cart_id
      WHERE i.quantity = 1
        AND 2 <= (SELECT count(*) FROM identity.sessions AS s WHERE s.user_id = c.user_id)
        AND NOT EXISTS (
          SELECT FROM identity.sessions AS s
          LEFT JOIN identity.refresh_tokens AS t ON t.session_id = s.id
          WHERE s.user_id = c.user_id AND t.hash IS NULL)
      """
    ) { scene in
      let email = try scene.email(of: try scene.signedOut())
      return WriteRequest(
        "auth", "POST", "/auth/login", as: nil,
        [
          "email": .string(email), "password": .string(Bazaar.password),
          "cart_token": .string(try scene.guestCart()),
        ])
    },
    // The spent token gives the same successor again.
    WriteCase(
      "refresh",
      """
      SELECT count(*) FROM identity.sessions AS s
      WHERE s.ended_at IS NULL AND ARRAY[false, true] = (
        SELECT array_agg(t.spent_at IS NULL ORDER BY t.spent_at IS NULL)
        FROM identity.refresh_tokens AS t WHERE t.session_id = s.id)
      """
    ) { scene in
      let token = try scene.refreshToken()
      return WriteRequest(
        "auth", "POST", "/auth/refresh", as: nil, ["refresh_token": .string(token)])
    },
    WriteCase("log_out", ended("logout", 1)) { scene in
      WriteRequest("auth", "POST", "/auth/logout", as: try scene.bazaar.visitor(), nil)
    },
    WriteCase("log_out_everywhere", ended("logout_all", 2)) { scene in
      WriteRequest("auth", "POST", "/auth/logout-all", as: try scene.onTwoDevices().one, nil)
    },
    WriteCase("end_session", ended("ended_by_user", 1)) { scene in
      let (visitor, other) = try scene.onTwoDevices()
      return WriteRequest(
        "auth", "DELETE", "/auth/sessions/\(other.session)", as: visitor, nil)
    },
  ]

  /// Users of whom so many sessions ended in this way.
  private static func ended(_ reason: String, _ count: Int) -> SQL {
    """
    SELECT count(*) FROM (
      SELECT FROM identity.sessions AS s WHERE s.end_reason = \(reason)
      GROUP BY s.user_id HAVING count(*) = \(count)) AS u
    """
  }

  static let proving = [
    // The password that was right the first time is wrong the second.
    WriteCase("change_password", otherPassword) { scene in
      let visitor = try scene.onTwoDevices().one
      try scene.setPassword(of: visitor)
      return WriteRequest(
        "auth", "POST", "/auth/change-password", as: visitor,
        [
          "current_password": .string(Bazaar.password), "new_password": "Quartz-8-umbrella",
        ])
    },
    // A second try sends a second mail: both tokens are good.
    WriteCase("forgot_password", mailed("reset_password")) { scene in
      let email = try scene.email(of: try scene.bazaar.visitor())
      return WriteRequest(
        "auth", "POST", "/auth/forgot-password", as: nil, ["email": .string(email)])
    },
    WriteCase("reset_password", otherPassword) { scene in
      let email = try scene.email(of: try scene.bazaar.visitor())
      let sent = scene.bazaar.auth.send(
        "POST", "/api/v1/auth/forgot-password", json: ["email": .string(email)])
      try #require(sent.status == 202, "\(sent)")
      let token = try scene.bazaar.mailedToken("reset_password", to: email)
      return WriteRequest(
        "auth", "POST", "/auth/reset-password", as: nil,
        ["token": .string(token), "new_password": "Quartz-8-umbrella"])
    },
    WriteCase(
      "verify_email",
      """
      SELECT count(*) FROM identity.users AS u
      JOIN outbox.events AS e ON e.aggregate_id = u.id AND e.type = 'user.email_verified.v1'
      WHERE u.email_verified_at IS NOT NULL
      """
    ) { scene in
      let visitor = try scene.bazaar.visitor()
      let sent = scene.bazaar.auth.send(
        "POST", "/api/v1/auth/resend-verification", token: visitor.token)
      try #require(sent.status == 202, "\(sent)")
      let token = try scene.bazaar.mailedToken(
        "verify_email", to: try scene.email(of: visitor))
      return WriteRequest(
        "auth", "POST", "/auth/verify-email", as: nil, ["token": .string(token)])
    },
    WriteCase("resend_verification", mailed("verify_email")) { scene in
      WriteRequest(
        "auth", "POST", "/auth/resend-verification", as: try scene.bazaar.visitor(), nil)
    },
  ]

  /// Sessions that ended with a password, of whose change its owner was told once.
  private static let otherPassword: SQL = """
    SELECT count(*) FROM identity.users AS u
    JOIN identity.sessions AS s ON s.user_id = u.id AND s.end_reason = 'password_changed'
    JOIN outbox.events AS e
      ON e.aggregate_id = u.id AND e.payload ->> 'template' = 'password_changed'
    WHERE u.password_hash LIKE '$argon2id$%'
    """

  /// Users with a good token from each try that lived, and one mail for each token.
  private static func mailed(_ purpose: String) -> SQL {
    """
    SELECT count(*) FROM (
      SELECT t.user_id, count(*) AS count FROM identity.mail_tokens AS t
      WHERE t.purpose = \(purpose) AND t.used_at IS NULL GROUP BY t.user_id) AS t
    WHERE t.count >= 2 AND t.count = (
      SELECT count(*) FROM outbox.events AS e
      WHERE e.aggregate_id = t.user_id AND e.payload ->> 'template' = \(purpose))
    """
  }
}

extension OrderScene {
  func email(of visitor: Visitor) throws -> String {
    try #require(
      try bazaar.text("SELECT u.email FROM identity.users AS u WHERE u.id = \(visitor.user)"))
  }

  /// That of everybody here: to make a hash takes long.
  private static let passwordHash = Result { try PasswordHasher().hash(Bazaar.password) }

  func setPassword(of visitor: Visitor) throws {
    try bazaar.stack.look().execute(
      """
      UPDATE identity.users SET password_hash = \(try Self.passwordHash.get())
      WHERE id = \(visitor.user)
      """)
  }

  fileprivate func onTwoDevices() throws -> (one: Visitor, other: Visitor) {
    let visitor = try bazaar.visitor()
    return (visitor, try bazaar.session(of: visitor.user))
  }

  /// Somebody with a password and no session.
  fileprivate func signedOut() throws -> Visitor {
    let visitor = try bazaar.visitor()
    try setPassword(of: visitor)
    try bazaar.stack.look().execute(
      "DELETE FROM identity.sessions WHERE id = \(visitor.session)")
    return visitor
  }

  /// The token of a guest who gathered one thing.
  fileprivate func guestCart() throws -> String {
    let answer = try Bazaar.cart(on: bazaar.stack).send(
      "POST", "/api/v1/cart/items", json: wish())
    return try #require(answer.data?["token"]?.string, "\(answer)")
  }

  /// One of a new session.
  fileprivate func refreshToken() throws -> String {
    let (visitor, token) = (try bazaar.visitor(), IDSource().uuid().description)
    try bazaar.stack.look().execute(
      """
      INSERT INTO identity.refresh_tokens (hash, session_id, created_at)
      VALUES (\(SHA256.hash(Array(token.utf8))), \(visitor.session), now())
      """)
    return token
  }
}
