internal import Core
internal import Crypto
internal import Events
package import Postgres

package struct Registration: Sendable {
  package let email: String
  package let password: String
  package let fullName: String
  package let phone: String?
  package let username: String?

  package init(
    email: String, password: String, fullName: String, phone: String?, username: String?
  ) {
    self.email = email
    self.password = password
    self.fullName = fullName
    self.phone = phone
    self.username = username
  }
}

/// A registration that may become an account: its password passed the policy and is hashed.
package struct PreparedAccount: Sendable {
  let registration: Registration
  let passwordHash: String
}

extension Accounts {
  /// Made before the transaction begins: a hash takes long, and nothing must stay locked
  /// meanwhile.
  package func prepare(_ registration: Registration) throws -> PreparedAccount {
    try PasswordPolicy.check(registration.password, field: "password", email: registration.email)
    return PreparedAccount(
      registration: registration, passwordHash: try passwords.hash(registration.password))
  }

  /// Creates the account and signs it in. Throws `emailTaken` or `usernameTaken`.
  package func register(
    _ account: PreparedAccount, on device: Device, in transaction: Transaction
  ) throws -> TokenGrant {
    let registration = account.registration
    let user = try UserStore.insert(
      UserStore.NewUser(
        id: ids.id(), email: registration.email, username: registration.username,
        passwordHash: account.passwordHash, fullName: registration.fullName,
        phone: registration.phone),
      at: now, in: transaction)
    try announce(UserRegistered(userId: user.id, fullName: user.fullName), in: transaction)
    try mailVerification(to: user.email, in: transaction)
    return try openSession(for: user, on: device, in: transaction)
  }
}
