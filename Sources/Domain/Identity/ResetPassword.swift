internal import Core
internal import Crypto
internal import Events
package import Postgres

extension Accounts {
  private static let resetLifetime = Duration.minutes(30)

  /// Mails a reset token when the account exists. Nothing in the answer tells whether it does.
  package func forgotPassword(_ email: String, in transaction: Transaction) throws {
    try throttle("reset", email)
    let token = OneTimeToken(ids.randomness)
    let addressee = try CredentialStore.insert(
      token.hash, .resetPassword, forEmail: email, at: now, until: now + Self.resetLifetime,
      in: transaction)
    guard let addressee else { return }
    try mail(.resetPassword, addressee, token, in: transaction)
  }

  /// Throws `invalidToken`, or what the policy has against the password. Every session ends.
  package func resetPassword(_ token: String, to next: String, in database: Database) throws {
    let token = OneTimeToken(presented: token)
    // Looked at first: hashing is dear, and must not be had for a guess.
    guard
      let email = try CredentialStore.address(
        of: token.hash, .resetPassword, at: now, in: database)
    else { throw IdentityError.invalidToken }
    try PasswordPolicy.check(next, field: "new_password", email: email)
    let hash = try passwords.hash(next)
    try database.transaction { transaction in
      guard
        let spent = try CredentialStore.spend(token.hash, .resetPassword, at: now, in: transaction),
        let user = try UserStore.find(spent.user, in: transaction),
        try CredentialStore.reset(
          hash, of: user.id, at: now, validAfter: refusalMoment, in: transaction)
      else { throw IdentityError.invalidToken }
      try endEverything(of: user.id, .passwordChanged, in: transaction)
      if !user.emailVerified { try announce(UserEmailVerified(userId: user.id), in: transaction) }
      try passwordChanged(user, in: transaction)
    }
  }
}
