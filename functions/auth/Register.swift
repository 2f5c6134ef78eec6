import HTTP
import Identity
import Middleware

@Sendable func register(_ call: Call) throws -> Response {
  let body: RegisterRequest = try call.body()
  let accounts = call.accounts
  let account = try accounts.prepare(body.registration)
  return try call.write { transaction in
    let grant = try accounts.register(account, on: call.device, in: transaction)
    return try .created(grant, at: "/api/v1/users/\(grant.user.id)")
  }
}

struct RegisterRequest: RequestBody {
  let registration: Registration

  init(_ fields: inout Fields) {
    registration = Registration(
      email: fields.text("email", 3...254, .email),
      password: fields.text("password", 8...128),
      fullName: fields.text("full_name", 1...100, .line),
      phone: fields.optionalText("phone", 6...20, .phone),
      username: fields.optionalText("username", 3...30, .username))
  }
}
