import Core
import Events
import JSON
import KitTesting
import Postgres
import Testing

/// What others read of a user's events: names and payloads are a contract.
@Suite struct UserEventsTests {
  @Test func payloadsAreAsAgreed() throws {
    let database = try TestDatabase().database()
    let user = IDSource().id(UserKind.self)
    let id = JSONValue.string(user.description)
    let events: [(any DomainEvent, String, JSONValue)] = [
      (
        UserRegistered(userId: user, fullName: "Ana"), "user.registered.v1",
        ["user_id": id, "full_name": "Ana"]
      ),
      (UserEmailVerified(userId: user), "user.email_verified.v1", ["user_id": id]),
      (
        UserRolesChanged(userId: user, roles: [.customer, .seller]), "user.roles_changed.v1",
        ["user_id": id, "roles": ["customer", "seller"]]
      ),
      (
        UserStatusChanged(userId: user, status: "disabled"), "user.status_changed.v1",
        ["user_id": id, "status": "disabled"]
      ),
      (UserDeleted(userId: user), "user.deleted.v1", ["user_id": id]),
      (
        MailRequested(
          userId: user, to: "ana@example.com", template: .resetPassword, values: ["token": "t"]),
        "mail.requested.v1",
        [
          "user_id": id, "to": "ana@example.com", "template": "reset_password",
          "values": ["token": "t"],
        ]
      ),
    ]
    let now = Clock.system.now
    for (event, type, payload) in events {
      try database.transaction {
        try event.append(to: $0, ids: IDSource(), at: now, trace: "00-a-b-01")
      }
      let stored = try #require(try last(database))
      #expect(stored.type == type)
      #expect(stored.payload == payload, "\(type)")
      #expect(stored.aggregate == "user \(user.uuid) 00-a-b-01")
    }
  }

  private func last(_ database: Database) throws -> (
    type: String, payload: JSONValue, aggregate: String
  )? {
    try database.first(
      """
      SELECT e.type, e.payload::text,
             concat_ws(' ', e.aggregate_type, e.aggregate_id, e.trace_parent)
      FROM outbox.events AS e ORDER BY e.sequence DESC LIMIT 1
      """
    ) { row in
      (
        try row.next(), try JSONValue.parse(Array((try row.next() as String).utf8)),
        try row.next()
      )
    }
  }
}
