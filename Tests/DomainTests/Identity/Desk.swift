import Core
import Crypto
import Events
import Identity
import JSON
import KitTesting
import Middleware
import Postgres
import Testing

/// Identity's verbs on a stack of a test's own, in the database role of the function that has
/// them. One per thread.
struct Desk {
  let stack: TestStack
  let services: Services
  private let passwords: PasswordHasher?

  init(_ stack: TestStack, as function: String = "auth", passwords: PasswordHasher? = nil) throws {
    self.stack = stack
    self.passwords = passwords
    services = try stack.function(function, []).services
  }

  /// Anew for each use, for it knows the time of its making.
  var accounts: Accounts {
    let shared = services.shared
    return Accounts(
      ids: shared.ids, passwords: passwords ?? shared.passwords, keys: shared.keys,
      gate: services.gate, refreshKey: shared.key("refresh token"), publicURL: "https://shop",
      issuer: AccessToken.issuer, audience: AccessToken.audience, trace: nil)
  }

  var database: Database { services.database }

  static let device = Device(name: "a telephone", ip: "192.0.2.1")
  static let password = "Lantern-7-courtyard"

  func register(_ email: String = "ana@example.com") throws -> TokenGrant {
    let prepared = try accounts.prepare(
      Registration(
        email: email, password: Self.password, fullName: "Ana", phone: nil, username: nil))
    return try database.transaction { transaction in
      try accounts.register(prepared, on: Self.device, in: transaction)
    }
  }

  func mailedToken(_ template: MailRequested.Template) throws -> String {
    let token: String? = try stack.look().first(
      """
      SELECT e.payload->'values'->>'token' FROM outbox.events AS e
      WHERE e.payload->>'template' = \(template.rawValue) ORDER BY e.sequence DESC LIMIT 1
      """
    ) { row in try row.next() }
    return try #require(token)
  }
}

extension TestStack {
  func makeAdmin(_ user: UserID) throws {
    try look().execute("UPDATE identity.users SET roles = '{customer,admin}' WHERE id = \(user)")
  }
}
