import Core
import HTTP
import Identity
import Middleware

@Sendable func changeUserRole(_ call: Call) throws -> Response {
  let caller = try call.signedIn()
  let id = try call.id(UserKind.self)
  let body: ChangeRoleRequest = try call.body()
  return try call.write { transaction in
    let user = try call.accounts.changeRoles(
      RightsChange(
        user: id, actor: caller.user, reason: body.reason, requestID: call.requestID),
      to: body.roles, check: call.requireMatch, in: transaction)
    return try .data(user, version: user.version)
  }
}

/// `roles` as a list, or one `role` beside that of a customer.
struct ChangeRoleRequest: RequestBody {
  let roles: [Role]
  let reason: String?

  init(_ fields: inout Fields) {
    let role = fields.optionalChoice("role", Role.self)
    if let names = fields.optionalTexts("roles", count: 1...4) {
      roles = names.compactMap(Role.init(rawValue:))
      if roles.count != names.count {
        let choices = Role.allCases.map(\.rawValue).joined(separator: ", ")
        fields.refuse("roles", "not_a_choice", "Each must be one of: \(choices).")
      }
    } else {
      roles = role.map { [$0] } ?? []
      if fields.violations.isEmpty, role == nil {
        fields.refuse("role", "required", "Name a role, or the list of roles.")
      }
    }
    reason = fields.optionalText("reason", 0...500)
  }
}
