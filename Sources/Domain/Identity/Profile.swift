package import Core
package import Postgres

extension Accounts {
  /// `check` sees the version before anything changes and may throw.
  package func updateProfile(
    of id: UserID, _ changes: ProfileChanges, check: (Int) throws -> Void,
    in transaction: Transaction
  ) throws -> User {
    guard let user = try UserStore.lock(id, in: transaction) else { throw IdentityError.noSuchUser }
    try check(user.version)
    return try save(user, changes, completing: false, in: transaction)
  }

  /// Fills in a fresh profile, once. Throws `profileAlreadyComplete`.
  package func completeProfile(
    of id: UserID, _ changes: ProfileChanges, in transaction: Transaction
  ) throws -> User {
    guard let user = try UserStore.lock(id, in: transaction) else { throw IdentityError.noSuchUser }
    guard try !UserStore.profileIsComplete(id, in: transaction) else {
      throw IdentityError.profileAlreadyComplete
    }
    return try save(user, changes, completing: true, in: transaction)
  }

  private func save(
    _ user: User, _ changes: ProfileChanges, completing: Bool, in transaction: Transaction
  ) throws -> User {
    let saved = try UserStore.update(
      user, changes, completing: completing, at: now, in: transaction)
    guard let saved else { throw IdentityError.noSuchUser }
    return saved
  }
}
