package import Core

/// Why Identity refuses.
package enum IdentityError: DomainError, Equatable {
  case emailTaken
  case usernameTaken
  case invalidCredentials
  case accountDisabled
  case invalidRefreshToken
  case wrongPassword(field: String)
  case invalidToken
  case alreadyVerified
  case passwordTooWeak(field: String)
  case passwordTooCommon(field: String)
  case passwordLikeEmail(field: String)
  case noSuchUser
  case noSuchSession
  case noSuchAddress
  case noSuchShipper
  case profileAlreadyComplete
  case tooManyAddresses
  case halfAPlace
  case alreadyShipper
  case lastAdmin
  case ownAccount
  case walletNotEmpty
  case shopsOpen
  case tooManyAttempts(retryAfter: Duration)

  package var slug: String { description.slug }
  package var kind: DomainErrorKind { description.kind }
  package var message: String { description.message }

  private var description: (slug: String, kind: DomainErrorKind, message: String) {
    switch self {
    case .emailTaken: ("email_taken", .conflict, "An account with this e-mail exists. Log in.")
    case .usernameTaken: ("username_taken", .conflict, "This username is taken. Choose another.")
    case .invalidCredentials:
      ("invalid_credentials", .unauthenticated, "The account or the password is wrong.")
    case .accountDisabled: ("account_disabled", .forbidden, "This account is disabled.")
    case .invalidRefreshToken:
      ("invalid_refresh_token", .unauthenticated, "This refresh token is not good. Log in again.")
    case .wrongPassword(let field):
      ("wrong_password", .invalid(field: field), "This is not the current password.")
    case .invalidToken:
      ("invalid_token", .invalid(field: "token"), "This link has been used or has expired.")
    case .alreadyVerified: ("already_verified", .conflict, "This e-mail is verified already.")
    case .noSuchUser: ("not_found", .notFound, "There is no such user.")
    case .noSuchSession: ("not_found", .notFound, "There is no such session.")
    case .noSuchAddress: ("not_found", .notFound, "There is no such address.")
    case .noSuchShipper: ("not_found", .notFound, "There is no such shipper.")
    case .lastAdmin: ("last_admin", .conflict, "This is the last administrator.")
    case .walletNotEmpty:
      (
        "wallet_not_empty", .conflict,
        "There is money in your wallet. Spend it first, or say forfeit_wallet."
      )
    case .shopsOpen: ("shops_open", .conflict, "Close your shops first.")
    case .ownAccount: ("own_account", .conflict, "Another administrator must do this.")
    case .tooManyAttempts(let retryAfter):
      ("too_many_attempts", .tooMany(retryAfter: retryAfter), "Too many attempts. Wait a little.")
    default: ownThings
    }
  }

  private var ownThings: (slug: String, kind: DomainErrorKind, message: String) {
    switch self {
    case .passwordTooWeak(let field):
      (
        "password_too_weak", .invalid(field: field),
        "Use three of: small letters, capitals, digits, other characters."
      )
    case .passwordTooCommon(let field):
      ("password_too_common", .invalid(field: field), "Too many people use this password.")
    case .passwordLikeEmail(let field):
      ("password_too_weak", .invalid(field: field), "The password must not contain your e-mail.")
    case .profileAlreadyComplete:
      ("profile_already_complete", .conflict, "The profile is complete. Change it with PUT.")
    case .tooManyAddresses:
      ("too_many_addresses", .conflict, "An account may have 50 addresses. Delete one first.")
    case .halfAPlace:
      ("incomplete_place", .invalid(field: "lat"), "Give both lat and long, or neither.")
    case .alreadyShipper: ("already_shipper", .conflict, "You are a shipper already.")
    default: ("refused", .conflict, "This cannot be done.")
    }
  }
}
