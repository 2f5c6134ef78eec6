import Core
import JSON
import KitTesting
import Postgres
import Testing

/// Somebody signed in whose account and session were written by hand: cheap where no password
/// is needed.
struct Visitor {
  let user: UserID
  let session: SessionID
  let token: String

  var id: String { user.description }
}

extension Bazaar {
  /// An account and a session with these roles, `customer` among them.
  func visitor(_ roles: [Role] = [], name: String = "Visitor") throws -> Visitor {
    let user = IDSource(clock: stack.clock.clock).id(UserKind.self)
    let now = Timestamp(microseconds: stack.clock.clock.now.milliseconds * 1000)
    let names = ([.customer] + roles).map(\.rawValue)
    try stack.look().execute(
      """
      INSERT INTO identity.users
        (id, email, password_hash, full_name, roles, tokens_valid_after, created_at, updated_at)
      VALUES (\(user), \("\(user)@example.com"), 'none', \(name), \(names), \(now), \(now), \(now))
      """)
    return try session(of: user, roles: names)
  }

  /// One more session of somebody.
  func session(of user: UserID, roles: [String] = ["customer"]) throws -> Visitor {
    let session = IDSource(clock: stack.clock.clock).id(SessionKind.self)
    let now = stack.clock.clock.now
    try stack.look().execute(
      """
      INSERT INTO identity.sessions (id, user_id, ip, created_at, last_used_at, expires_at)
      VALUES (\(session), \(user), '192.0.2.9', \(now), \(now), \(now + .days(30)))
      """)
    let token = try stack.token {
      $0.subject = user.description
      $0.session = session.description
      $0.roles = roles
    }
    return Visitor(user: user, session: session, token: token)
  }

  /// An address of this visitor's.
  func address(of visitor: Visitor) throws -> String {
    let answer = users.send(
      "POST", "/api/v1/users/addresses", token: visitor.token, json: Self.home)
    try #require(answer.status == 201, "\(answer)")
    return try #require(answer.data?["id"]?.string)
  }

  /// A vehicle, which makes a shipper of the visitor.
  func vehicle(of visitor: Visitor) throws {
    let answer = users.send(
      "POST", "/api/v1/users/shippers/register", token: visitor.token, json: Self.vehicle)
    try #require(answer.status == 201, "\(answer)")
  }
}
