package import Core
package import JSON
internal import Postgres

/// One signed-in device.
package struct Session: Encodable, Sendable {
  package let id: SessionID
  @ExplicitNull package var device: String?
  package let ip: String
  package let createdAt: Timestamp
  package let lastUsedAt: Timestamp
  package let expiresAt: Timestamp
  package let current: Bool

  /// Refresh tokens, and with them sessions that nobody uses, live this long.
  static let lifetime = Duration.days(30)

  enum EndReason: String {
    case logout
    case logoutAll = "logout_all"
    case endedByUser = "ended_by_user"
    case passwordChanged = "password_changed"
    case tokenReused = "token_reused"
    case accountDisabled = "account_disabled"
    case accountDeleted = "account_deleted"
  }
}

/// From where somebody signs in.
package struct Device: Sendable {
  package let name: String?
  package let ip: String

  package init(name: String?, ip: String) {
    self.name = name.map { String($0.prefix(300)) }
    self.ip = ip
  }
}

/// What a successful sign-in answers.
package struct TokenGrant: Encodable, Sendable {
  package let user: User
  package let accessToken: String
  package let refreshToken: String
  package let tokenType = "Bearer"
  package let expiresIn: Int

  private enum CodingKeys: String, CodingKey {
    case user, accessToken, refreshToken, tokenType, expiresIn
  }
}
