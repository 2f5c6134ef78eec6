import Core
import HTTP
import Identity
import Middleware

@Sendable func changeUserStatus(_ call: Call) throws -> Response {
  let caller = try call.signedIn()
  let id = try call.id(UserKind.self)
  let body: ChangeStatusRequest = try call.body()
  return try call.write { transaction in
    let user = try call.accounts.changeStatus(
      RightsChange(
        user: id, actor: caller.user, reason: body.reason, requestID: call.requestID),
      to: body.status == .active ? .active : .disabled, check: call.requireMatch, in: transaction)
    return try .data(user, version: user.version)
  }
}

struct ChangeStatusRequest: RequestBody {
  enum Status: String, CaseIterable {
    case active, disabled
  }

  let status: Status
  let reason: String?

  init(_ fields: inout Fields) {
    status = fields.choice("status", else: .active)
    reason = fields.optionalText("reason", 0...500)
  }
}
