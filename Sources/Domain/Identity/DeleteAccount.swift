package import Core
internal import Events
package import Postgres

extension Accounts {
  /// Takes the person out of the account and ends its sessions; orders keep pointing to it.
  /// Throws `wrongPassword`, `lastAdmin`, `shopsOpen`, or `walletNotEmpty` unless what is in the
  /// wallet is forfeited.
  package func deleteAccount(
    of id: UserID, password: String, forfeitsWallet: Bool = false,
    check: (Int) throws -> Void, in database: Database
  ) throws {
    guard let user = try UserStore.find(id, in: database) else { throw IdentityError.noSuchUser }
    try throttle("password", user.email)
    _ = try confirm(password, of: id, field: "password", in: database)
    try database.transaction { transaction in
      let admins = try UserStore.lockAdmins(and: id, in: transaction)
      guard admins != [id] else { throw IdentityError.lastAdmin }
      guard let user = try UserStore.lock(id, in: transaction) else {
        throw IdentityError.noSuchUser
      }
      try check(user.version)
      let (money, shops) = try transaction.read(
        BelongingsDirectory.money(of: id), BelongingsDirectory.shops(of: id))
      guard shops.isEmpty else { throw IdentityError.shopsOpen }
      guard money.isEmpty || forfeitsWallet else { throw IdentityError.walletNotEmpty }
      try endEverything(of: id, .accountDeleted, in: transaction)
      UserStore.anonymise(id, validAfter: refusalMoment, at: now, in: transaction)
      try announce(UserDeleted(userId: id), in: transaction)
    }
  }
}
