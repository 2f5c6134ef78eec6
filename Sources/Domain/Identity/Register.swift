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

extension Accounts {
  /// Creates the account and signs it in. The hash is made before the transaction begins: it
  /// takes long, and nothing must stay locked meanwhile.
  package func register(_ registration: Registration, on device: Device, in database: Database)
    throws -> TokenGrant
  {
    try PasswordPolicy.check(registration.password, field: "password", email: registration.email)
    let hash = try passwords.hash(registration.password)
    return try database.transaction { transaction in
      let user = try UserStore.insert(
        UserStore.NewUser(
          id: ids.id(), email: registration.email, username: registration.username,
          passwordHash: hash, fullName: registration.fullName, phone: registration.phone),
        at: now, in: transaction)
      try announce(UserRegistered(userId: user.id, fullName: user.fullName), in: transaction)
      try mailVerification(to: user.email, in: transaction)
      return try openSession(for: user, on: device, in: transaction)
    }
  }
}
