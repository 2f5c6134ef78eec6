package import Core
internal import Crypto
internal import Events
internal import Gate
package import Postgres

extension Accounts {
  /// Throws `wrongPassword`, or what the policy has against the next one. All other sessions end.
  package func changePassword(
    of id: UserID, from current: String, to next: String, keeping session: SessionID,
    in database: Database
  ) throws {
    guard let user = try UserStore.find(id, in: database) else { throw IdentityError.noSuchUser }
    try throttle("password", user.email)
    try PasswordPolicy.check(next, field: "new_password", email: user.email)
    let known = try confirm(current, of: id, field: "current_password", in: database)
    let hash = try passwords.hash(next)
    try database.transaction { transaction in
      guard try UserStore.lock(id, in: transaction) != nil,
        try CredentialStore.replace(known, with: hash, of: id, at: now, in: transaction)
      else { throw IdentityError.wrongPassword(field: "current_password") }
      let ended = try SessionStore.endAll(
        of: id, except: session, .passwordChanged, at: now, in: transaction)
      gate.mark(ended: ended, before: now)
      try passwordChanged(user, in: transaction)
    }
  }

  /// Tells the owner, and takes the power from reset mails still under way.
  func passwordChanged(_ user: User, in transaction: Transaction) throws {
    CredentialStore.void(.resetPassword, of: user.id, at: now, in: transaction)
    try announce(
      MailRequested(
        userId: user.id, to: user.email, template: .passwordChanged,
        values: ["full_name": user.fullName]),
      in: transaction)
  }

  /// The stored hash, when the password fits it.
  func confirm(_ password: String, of id: UserID, field: String, in database: some Querying) throws
    -> String
  {
    guard let known = try CredentialStore.find(id, in: database),
      try passwords.verify(password, against: known.passwordHash)
    else { throw IdentityError.wrongPassword(field: field) }
    return known.passwordHash
  }
}
