import Core
import HTTP
import JSON
import KitTesting
import Middleware
import Testing
import auth
import ops
import users

private let allOperations = (auth.routes + users.routes + ops.routes).map(\.spec.operation)

/// What each route costs on warm connections. A request is fast when it asks little: these numbers
/// change by intent or not at all.
@Suite struct RoundTripTests {
  /// One way through all routes; each request finds what it needs.
  private final class Walk {
    let bazaar: Bazaar
    let ops: TestFunction
    private(set) var costs: [String: String] = [:]

    init() throws {
      bazaar = try Bazaar()
      ops = try Bazaar.ops(on: bazaar.stack)
      let visitor = try bazaar.visitor()
      // The first request of a worker connects and fills the marks.
      _ = bazaar.auth.send("GET", "/api/v1/auth/sessions", token: visitor.token)
      _ = bazaar.users.send("GET", "/api/v1/users/me", token: visitor.token)
      _ = ops.send("GET", "/health/ready")
    }

    @discardableResult
    func take(
      _ operation: String, _ status: Int, _ function: TestFunction, _ method: String,
      _ path: String, _ token: String? = nil, _ body: JSONValue? = nil,
      from address: String = "192.0.2.1"
    ) -> TestAnswer {
      let answer = function.send(
        method, path, token: token, bytes: body?.bytes, from: address)
      #expect(answer.status == status, "\(operation): \(answer)")
      #expect(costs[operation] == nil, "\(operation) twice")
      costs[operation] = "\(answer.databaseRoundTrips) \(answer.redisRoundTrips)"
      return answer
    }
  }

  /// Postgres, then Redis.
  private static let expected = [
    "list_signing_keys": "0 1", "register": "3 1", "log_in": "4 2", "refresh": "3 2",
    "log_out": "2 2", "log_out_everywhere": "3 2", "change_password": "6 3",
    "forgot_password": "2 2", "reset_password": "6 2", "verify_email": "3 1",
    "resend_verification": "3 2", "list_sessions": "1 1", "end_session": "2 2",
    "get_profile": "1 1", "update_profile": "3 1", "complete_profile": "4 1", "get_user": "1 1",
    "delete_account": "7 3", "list_addresses": "1 1", "create_address": "3 1",
    "get_address": "1 1", "update_address": "4 1", "delete_address": "3 1",
    "set_default_address": "4 1", "register_shipper": "5 3", "get_shipper_profile": "1 1",
    "update_shipper_profile": "4 1", "delete_shipper_profile": "5 3", "get_shipper": "1 1",
    "list_users": "1 1", "change_user_role": "4 3", "change_user_status": "5 2",
    "check_live": "0 0", "check_ready": "1 1", "check_health": "1 1", "read_metrics": "1 0",
    "list_sagas": "1 1", "get_saga": "1 1", "retry_saga": "3 1", "compensate_saga": "3 1",
    "skip_saga_step": "3 1", "get_outbox": "1 1", "list_dead_letters": "1 1",
    "replay_dead_letter": "3 1", "drop_dead_letter": "2 1",
  ]

  @Test func everyRouteCostsWhatItShould() throws {
    let walk = try Walk()
    try walkThroughAuth(walk)
    try walkThroughUsers(walk)
    try walkThroughAdministration(walk)
    try walkThroughOps(walk)
    #expect(Set(walk.costs.keys) == Set(allOperations))
    for (operation, cost) in walk.costs.sorted(by: { $0.key < $1.key }) {
      #expect(cost == Self.expected[operation], "\(operation)")
    }
  }

  private func walkThroughAuth(_ walk: Walk) throws {
    let (bazaar, auth) = (walk.bazaar, walk.bazaar.auth)
    let email: JSONValue = "ana@example.com"
    let password: JSONValue = .string(Bazaar.password)
    walk.take("list_signing_keys", 200, auth, "GET", "/.well-known/jwks.json")
    let ana = try Shopper(
      walk.take(
        "register", 201, auth, "POST", "/api/v1/auth/register", nil,
        ["email": email, "password": password, "full_name": "Ana"]))
    let second = try Shopper(
      walk.take(
        "log_in", 200, auth, "POST", "/api/v1/auth/login", nil,
        ["email": email, "password": password]))
    walk.take(
      "refresh", 200, auth, "POST", "/api/v1/auth/refresh", nil,
      ["refresh_token": .string(second.refresh)])
    let list = walk.take(
      "list_sessions", 200, auth, "GET", "/api/v1/auth/sessions", ana.access)
    let other = list.data?.array?.first { $0["current"]?.bool == false }?["id"]?.string ?? "?"
    walk.take(
      "resend_verification", 202, auth, "POST", "/api/v1/auth/resend-verification", ana.access)
    let mailed = try bazaar.mailedToken("verify_email", to: ana.email)
    walk.take(
      "verify_email", 204, auth, "POST", "/api/v1/auth/verify-email", nil,
      ["token": .string(mailed)])
    walk.take(
      "end_session", 204, auth, "DELETE", "/api/v1/auth/sessions/\(other)", ana.access)
    _ = bazaar.logIn(ana.email)
    walk.take(
      "change_password", 204, auth, "POST", "/api/v1/auth/change-password", ana.access,
      ["current_password": password, "new_password": "Quartz-8-umbrella"])
    walk.take(
      "forgot_password", 202, auth, "POST", "/api/v1/auth/forgot-password", nil, ["email": email])
    walk.take("log_out", 204, auth, "POST", "/api/v1/auth/logout", ana.access)
    let again = try Shopper(bazaar.logIn(ana.email, "Quartz-8-umbrella"))
    walk.take("log_out_everywhere", 204, auth, "POST", "/api/v1/auth/logout-all", again.access)
    walk.take(
      "reset_password", 204, auth, "POST", "/api/v1/auth/reset-password", nil,
      [
        "token": .string(try bazaar.mailedToken("reset_password", to: ana.email)),
        "new_password": password,
      ])
  }

  private func walkThroughUsers(_ walk: Walk) throws {
    let users = walk.bazaar.users
    let bea = try walk.bazaar.register("bea@example.com")
    // Bea's own token does not know of her new role, which costs a second look.
    let other = try walk.bazaar.visitor()
    let base = "/api/v1/users"
    walk.take("get_profile", 200, users, "GET", "\(base)/me", bea.access)
    walk.take("get_user", 200, users, "GET", "\(base)/\(bea.id)", bea.access)
    walk.take(
      "complete_profile", 201, users, "POST", "\(base)/profile", bea.access, ["full_name": "Bea"])
    walk.take(
      "update_profile", 200, users, "PUT", "\(base)/profile", bea.access, ["full_name": "Bea"])
    _ = try walk.bazaar.addAddress(bea)
    let created = walk.take(
      "create_address", 201, users, "POST", "\(base)/addresses", bea.access, Bazaar.home)
    let address = created.header("Location") ?? "?"
    walk.take("list_addresses", 200, users, "GET", "\(base)/addresses", bea.access)
    walk.take("get_address", 200, users, "GET", address, bea.access)
    walk.take("update_address", 200, users, "PUT", address, bea.access, ["city": "Hue"])
    walk.take("set_default_address", 200, users, "PUT", "\(address)/default", bea.access)
    walk.take("delete_address", 204, users, "DELETE", address, bea.access)
    let shippers = "\(base)/shippers"
    walk.take(
      "register_shipper", 201, users, "POST", "\(shippers)/register", bea.access, Bazaar.vehicle)
    walk.take("get_shipper_profile", 200, users, "GET", "\(shippers)/profile", bea.access)
    walk.take("get_shipper", 200, users, "GET", "\(shippers)/\(bea.id)/profile", other.token)
    walk.take(
      "update_shipper_profile", 200, users, "PUT", "\(shippers)/profile", bea.access,
      ["vehicle_type": "car"])
    walk.take("delete_shipper_profile", 204, users, "DELETE", "\(shippers)/profile", bea.access)
    walk.take(
      "delete_account", 204, users, "DELETE", base, bea.access,
      ["password": .string(Bazaar.password)])
  }

  private func walkThroughAdministration(_ walk: Walk) throws {
    let users = walk.bazaar.users
    let admin = try walk.bazaar.visitor([.admin])
    let cleo = try walk.bazaar.visitor()
    walk.take("list_users", 200, users, "GET", "/api/v1/admin/users?page=1", admin.token)
    let path = "/api/v1/admin/users/\(cleo.id)"
    walk.take(
      "change_user_role", 200, users, "PUT", "\(path)/role", admin.token, ["role": "seller"])
    walk.take(
      "change_user_status", 200, users, "PUT", "\(path)/status", admin.token,
      ["status": "disabled"])
  }

  private func walkThroughOps(_ walk: Walk) throws {
    walk.take("check_live", 200, walk.ops, "GET", "/health/live")
    walk.take("check_ready", 200, walk.ops, "GET", "/health/ready")
    walk.take("check_health", 200, walk.ops, "GET", "/health")
    walk.take("read_metrics", 200, walk.ops, "GET", "/metrics", from: "127.0.0.1")
    let admin = try walk.bazaar.visitor([.admin]).token
    let why: JSONValue = ["reason": "why"]
    // The first who is signed in has the worker fill its gate.
    _ = walk.ops.send("GET", "/api/v1/admin/outbox", token: admin)
    let base = "/api/v1/admin"
    let saga = "\(base)/sagas/\(try walk.bazaar.plantSaga())"
    walk.take("list_sagas", 200, walk.ops, "GET", "\(base)/sagas?state=running", admin)
    walk.take("get_saga", 200, walk.ops, "GET", saga, admin)
    walk.take("retry_saga", 200, walk.ops, "POST", "\(saga)/retry", admin, why)
    walk.take("skip_saga_step", 200, walk.ops, "POST", "\(saga)/skip", admin, why)
    walk.take("compensate_saga", 200, walk.ops, "POST", "\(saga)/compensate", admin, why)
    walk.take("get_outbox", 200, walk.ops, "GET", "\(base)/outbox", admin)
    walk.take("list_dead_letters", 200, walk.ops, "GET", "\(base)/dead-letters", admin)
    let letters = "\(base)/dead-letters"
    let first = try walk.bazaar.plantDeadLetter()
    walk.take("replay_dead_letter", 200, walk.ops, "POST", "\(letters)/\(first)/replay", admin, why)
    let second = try walk.bazaar.plantDeadLetter()
    walk.take("drop_dead_letter", 204, walk.ops, "DELETE", "\(letters)/\(second)?reason=why", admin)
  }
}
