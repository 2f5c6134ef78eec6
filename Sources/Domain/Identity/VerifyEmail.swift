package import Core
internal import Events
package import Postgres

extension Accounts {
  static let verificationLifetime = Duration.days(2)

  /// Proves that the account's owner reads its mail. Throws `invalidToken`.
  package func verifyEmail(_ token: String, in transaction: Transaction) throws {
    let token = OneTimeToken(presented: token)
    guard
      let spent = try CredentialStore.spend(token.hash, .verifyEmail, at: now, in: transaction),
      try CredentialStore.verifyEmail(spent.email, of: spent.user, at: now, in: transaction)
    else { throw IdentityError.invalidToken }
    try announce(UserEmailVerified(userId: spent.user), in: transaction)
  }

  /// Throws `alreadyVerified`, or `tooManyAttempts` for one address asked for too often.
  package func resendVerification(to id: UserID, in transaction: Transaction) throws {
    guard let user = try UserStore.find(id, in: transaction) else { throw IdentityError.noSuchUser }
    guard !user.emailVerified else { throw IdentityError.alreadyVerified }
    try throttle("verify", user.email)
    try mailVerification(to: user.email, in: transaction)
  }

  func mailVerification(to email: String, in transaction: Transaction) throws {
    let token = OneTimeToken(ids.randomness)
    let addressee = try CredentialStore.insert(
      token.hash, .verifyEmail, forEmail: email, at: now, until: now + Self.verificationLifetime,
      in: transaction)
    guard let addressee else { return }
    try mail(.verifyEmail, addressee, token, in: transaction)
  }

  func mail(
    _ template: MailRequested.Template, _ addressee: CredentialStore.Addressee,
    _ token: OneTimeToken, in transaction: Transaction
  ) throws {
    try announce(
      MailRequested(
        userId: addressee.user, to: addressee.email, template: template,
        values: [
          "full_name": addressee.fullName, "token": token.text,
          "url": "\(publicURL)/\(template.rawValue)?token=\(token.text)",
        ]),
      in: transaction)
  }
}
