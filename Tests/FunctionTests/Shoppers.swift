import JSON
import KitTesting
import Postgres
import Testing
import auth
import users

// Named here because inside the struct the modules' names mean its properties.
private let authRoutes = auth.routes
private let usersRoutes = users.routes

/// `auth` and `users` on one stack, and the people who use them.
struct Bazaar {
  let stack: TestStack
  let auth: TestFunction
  let users: TestFunction

  init(rateScale: Int = 1000) throws {
    stack = try TestStack(rateScale: rateScale)
    auth = try stack.function("auth", authRoutes)
    users = try stack.function("users", usersRoutes)
  }

  static let password = "Lantern-7-courtyard"

  /// Registers somebody and returns what the answer says of them.
  func register(_ email: String = "ana@example.com", password: String = Bazaar.password) throws
    -> Shopper
  {
    let answer = auth.send(
      "POST", "/api/v1/auth/register",
      body: #"{"email":"\#(email)","password":"\#(password)","full_name":"Ana Lim"}"#)
    try #require(answer.status == 201, "\(answer.text)")
    return try Shopper(answer)
  }

  func logIn(_ email: String, _ password: String = Bazaar.password) -> TestAnswer {
    auth.send(
      "POST", "/api/v1/auth/login", body: #"{"email":"\#(email)","password":"\#(password)"}"#)
  }

  func makeAdmin(_ shopper: Shopper) throws -> Shopper {
    try stack.look().execute(
      """
      UPDATE identity.users SET roles = '{customer,admin}' WHERE email = \(shopper.email)
      """)
    return try Shopper(logIn(shopper.email))
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
