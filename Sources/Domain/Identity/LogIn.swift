package import Core
internal import Crypto
internal import Gate
internal import HTTP
package import Postgres

extension Accounts {
  /// Throws `invalidCredentials` for an unknown account and a wrong password alike, after the
  /// same work; `accountDisabled` only to who knows the password.
  /// `also` is done in the same transaction: it happens when, and only when, the session opens.
  package func logIn(
    _ login: String, password: String, on device: Device, in database: Database,
    also: (UserID, Transaction) throws -> Void = { _, _ in }
  ) throws -> TokenGrant {
    let known = try CredentialStore.find(login: login, in: database)
    // By account where there is one: its e-mail and its username are not two ways to try.
    try throttle("login", known?.user.description ?? login)
    guard let known else {
      try passwords.verifyNothing(password)
      throw IdentityError.invalidCredentials
    }
    guard try passwords.verify(password, against: known.passwordHash) else {
      throw IdentityError.invalidCredentials
    }
    guard known.status == .active else { throw IdentityError.accountDisabled }
    let rehash =
      passwords.needsRehash(known.passwordHash) ? try passwords.hash(password) : nil
    return try database.transaction { transaction in
      // Locked: the account may have been disabled, or its password changed, since the look.
      guard let user = try UserStore.lock(known.user, in: transaction), user.status == .active,
        try CredentialStore.find(known.user, in: transaction)?.passwordHash == known.passwordHash
      else { throw IdentityError.invalidCredentials }
      if let rehash {
        _ = try CredentialStore.replace(
          known.passwordHash, with: rehash, of: user.id, at: now, in: transaction)
      }
      try also(user.id, transaction)
      return try openSession(for: user, on: device, in: transaction)
    }
  }

  private static let attempts = RateClass(
    "login_per_account", by: .user, count: 5, seconds: 60, burst: 5)

  /// Five a minute for one address, whoever asks from wherever.
  func throttle(_ purpose: String, _ address: String) throws {
    let verdict = gate.take(Self.attempts, key: "\(purpose):\(address.lowercased())")
    guard verdict.isAllowed else {
      throw IdentityError.tooManyAttempts(retryAfter: verdict.retryAfter)
    }
  }
}
