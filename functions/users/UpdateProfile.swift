import HTTP
import Identity
import Middleware

/// What is left out stays as it is; null clears.
@Sendable func updateProfile(_ call: Call) throws -> Response {
  let caller = try call.signedIn()
  let body: ProfileRequest = try call.body()
  return try call.write { transaction in
    let user = try call.accounts.updateProfile(
      of: caller.user, body.changes, check: call.requireMatch, in: transaction)
    return try .data(user, version: user.version)
  }
}

struct ProfileRequest: RequestBody {
  let changes: ProfileChanges

  init(_ fields: inout Fields) {
    changes = ProfileChanges(
      fullName: fields.change("full_name") { $0.text($1, 1...100, .line) },
      phone: fields.change("phone") { $0.optionalText($1, 6...20, .phone) },
      avatarUrl: fields.change("avatar_url") { $0.optionalText($1, 8...2048, .webAddress) },
      birthday: fields.change("birthday") { $0.optionalDate($1) },
      gender: fields.change("gender") { $0.optionalChoice($1) })
  }
}
