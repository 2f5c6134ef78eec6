package import Core
internal import Gate
package import Postgres

extension Accounts {
  /// Ends this session; its access token dies at once.
  package func logOut(_ session: SessionID, of user: UserID, in transaction: Transaction) throws {
    _ = try SessionStore.end(session, of: user, .logout, at: now, in: transaction)
    gate.mark(ended: [session], before: now)
  }

  /// Ends every session of the user.
  package func logOutEverywhere(_ user: UserID, in transaction: Transaction) throws {
    guard try UserStore.lock(user, in: transaction) != nil else { throw IdentityError.noSuchUser }
    try endEverything(of: user, .logoutAll, in: transaction)
    SessionStore.refuseTokens(of: user, before: refusalMoment, in: transaction)
  }

  /// Throws `noSuchSession` for one that is not this user's or has ended.
  package func endSession(_ session: SessionID, of user: UserID, in transaction: Transaction) throws
  {
    guard try SessionStore.end(session, of: user, .endedByUser, at: now, in: transaction) else {
      throw IdentityError.noSuchSession
    }
    gate.mark(ended: [session], before: now)
  }

  package func sessions(of user: UserID, current: SessionID, in database: Database) throws
    -> [Session]
  {
    try SessionStore.live(of: user, current: current, at: now, in: database)
  }

  /// Ends the sessions and refuses their tokens. The user's row must be locked.
  func endEverything(
    of user: UserID, _ reason: Session.EndReason, in transaction: Transaction
  ) throws {
    let ended = try SessionStore.endAll(of: user, reason, at: now, in: transaction)
    gate.mark(ended: ended, refuse: user, before: refusalMoment)
  }
}
