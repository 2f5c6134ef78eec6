package import Core
internal import Events
internal import Gate
package import Postgres

/// Who changes whose rights, and why.
package struct RightsChange: Sendable {
  package let user: UserID
  package let actor: UserID
  package let reason: String?
  package let requestID: String

  package init(user: UserID, actor: UserID, reason: String?, requestID: String) {
    self.user = user
    self.actor = actor
    self.reason = reason
    self.requestID = requestID
  }
}

extension Accounts {
  /// Sets the roles; `customer` stays with everyone. What is so already is no change. A change
  /// holds at once, for tokens that carry the old roles too. Throws `lastAdmin`.
  package func changeRoles(
    _ change: RightsChange, to roles: [Role], check: (Int) throws -> Void,
    in transaction: Transaction
  ) throws -> User {
    let admins = try UserStore.lockAdmins(and: change.user, in: transaction)
    let user = try lock(change, check, in: transaction)
    let roles = Set(roles + [.customer]).sorted()
    guard roles != user.roles else { return user }
    guard roles.contains(.admin) || admins != [change.user] else { throw IdentityError.lastAdmin }
    let saved = try setRoles(of: user, to: roles, in: transaction)
    AuditStore.insert(
      change, "roles", from: Self.names(user.roles), to: Self.names(roles), id: ids.uuid(),
      at: now, in: transaction)
    return saved
  }

  /// Disables or enables an account. Disabling ends its sessions. Throws `ownAccount`,
  /// `lastAdmin`.
  package func changeStatus(
    _ change: RightsChange, to status: UserStatus, check: (Int) throws -> Void,
    in transaction: Transaction
  ) throws -> User {
    guard change.user != change.actor else { throw IdentityError.ownAccount }
    let admins = try UserStore.lockAdmins(and: change.user, in: transaction)
    let user = try lock(change, check, in: transaction)
    guard status != user.status else { return user }
    guard status == .active || admins != [change.user] else { throw IdentityError.lastAdmin }
    if status == .disabled { try endEverything(of: user.id, .accountDisabled, in: transaction) }
    let saved = try UserStore.setStatus(
      status, of: user.id, validAfter: refusalMoment, at: now, in: transaction)
    guard let saved else { throw IdentityError.noSuchUser }
    AuditStore.insert(
      change, "status", from: user.status.rawValue, to: status.rawValue, id: ids.uuid(), at: now,
      in: transaction)
    try announce(UserStatusChanged(userId: user.id, status: status.rawValue), in: transaction)
    return saved
  }

  private func lock(
    _ change: RightsChange, _ check: (Int) throws -> Void, in transaction: Transaction
  ) throws -> User {
    guard let user = try UserStore.lock(change.user, in: transaction) else {
      throw IdentityError.noSuchUser
    }
    try check(user.version)
    return user
  }

  /// Roles taken away are gone before the commit, roles given come after it. The user's row must
  /// be locked.
  func setRoles(of user: User, to roles: [Role], in transaction: Transaction) throws -> User {
    let moment = refusalMoment
    let kept = user.roles.filter(roles.contains)
    gate.mark(roles: kept, of: user.id, before: moment, version: user.version + 1)
    let saved = try UserStore.setRoles(
      roles, of: user.id, before: moment, at: now, in: transaction)
    guard let saved else { throw IdentityError.noSuchUser }
    try announce(UserRolesChanged(userId: user.id, roles: roles), in: transaction)
    transaction.onCommit { [gate] in
      gate.mark(roles: roles, of: user.id, before: moment, version: saved.version)
    }
    return saved
  }

  private static func names(_ roles: [Role]) -> String {
    roles.map(\.rawValue).joined(separator: ",")
  }
}
