import Core
import HTTP
import JSON
import KitTesting
import Middleware
import Postgres
import Testing
import auth
import ops
import users

// Named here because inside the struct the modules' names mean its properties.
private let authRoutes = auth.routes
private let usersRoutes = users.routes
private let opsRoutes = ops.routes

/// `auth` and `users` on one stack, and the people who use them.
struct Bazaar {
  let stack: TestStack
  let auth: TestFunction
  let users: TestFunction

  init(rateScale: Int = 1000, environment: [String: String] = [:]) throws {
    try self.init(on: TestStack(rateScale: rateScale, environment: environment))
  }

  init(on stack: TestStack) throws {
    self.stack = stack
    auth = try Self.auth(on: stack)
    users = try Self.users(on: stack)
  }

  /// For tests that look at nothing but what they made themselves.
  static func shared() throws -> Bazaar { try Bazaar(on: common.get()) }

  private static let common = Result { try TestStack(rateScale: 1000) }

  // Each is a process of its own, with its own connections and memory.
  static func auth(on stack: TestStack) throws -> TestFunction {
    try stack.function("auth", authRoutes)
  }

  static func users(on stack: TestStack) throws -> TestFunction {
    try stack.function("users", usersRoutes)
  }

  static func ops(on stack: TestStack) throws -> TestFunction {
    try stack.function("ops", opsRoutes)
  }

  static let password = "Lantern-7-courtyard"

  /// Registers somebody and returns what the answer says of them.
  func register(_ email: String = "ana@example.com", password: String = Bazaar.password) throws
    -> Shopper
  {
    let answer = auth.send(
      "POST", "/api/v1/auth/register",
      json: ["email": .string(email), "password": .string(password), "full_name": "Ana Lim"])
    try #require(answer.status == 201, "\(answer.text)")
    return try Shopper(answer)
  }

  func logIn(
    _ email: String, _ password: String = Bazaar.password, from address: String = "192.0.2.1"
  ) -> TestAnswer {
    auth.send(
      "POST", "/api/v1/auth/login",
      json: ["email": .string(email), "password": .string(password)], from: address)
  }

  func refresh(_ token: String) -> TestAnswer {
    auth.send("POST", "/api/v1/auth/refresh", json: ["refresh_token": .string(token)])
  }

  func profile(_ access: String) -> TestAnswer {
    users.send("GET", "/api/v1/users/me", token: access)
  }

  func makeAdmin(_ shopper: Shopper) throws -> Shopper {
    try stack.look().execute(
      """
      UPDATE identity.users SET roles = '{customer,admin}' WHERE email = \(shopper.email)
      """)
    return try Shopper(logIn(shopper.email))
  }

  /// An administrator, with a profile of their own.
  func registerAdmin(_ email: String = "root@example.com") throws -> Shopper {
    try makeAdmin(register(email))
  }

  func registerShipper(_ email: String = "minh@example.com") throws -> Shopper {
    let shipper = try register(email)
    let answer = users.send(
      "POST", "/api/v1/users/shippers/register", token: shipper.access, json: Self.vehicle)
    try #require(answer.status == 201, "\(answer.text)")
    return shipper
  }

  static let vehicle: JSONValue = ["vehicle_type": "van", "license_plate": "29A-123.45"]

  static let home: JSONValue = [
    "recipient": "Ana Lim", "phone": "+84 90 123 4567", "street": "12 Hang Bac", "city": "Ha Noi",
    "country": "VN",
  ]

  /// Adds an address and returns its id.
  func addAddress(_ shopper: Shopper, _ address: JSONValue = Bazaar.home) throws -> String {
    let answer = users.send(
      "POST", "/api/v1/users/addresses", token: shopper.access, json: address)
    try #require(answer.status == 201, "\(answer.text)")
    return try #require(answer.data?["id"]?.string)
  }
}

struct Shopper {
  let id: String
  let email: String
  let access: String
  let refresh: String

  init(_ answer: TestAnswer) throws {
    id = try #require(answer.data?["user"]?["id"]?.string, "\(answer.text)")
    email = try #require(answer.data?["user"]?["email"]?.string)
    access = try #require(answer.data?["access_token"]?.string)
    refresh = try #require(answer.data?["refresh_token"]?.string)
  }
}
