internal import Core
internal import Gate
package import Postgres

extension Accounts {
  private static let grace = Duration.seconds(10)

  /// Spends a refresh token for the next pair. One spent before gives the same successor again
  /// within ten seconds, for clients whose answer got lost; later it is taken for stolen and the
  /// session ends. Throws `invalidRefreshToken`.
  package func refresh(_ token: String, on device: Device, in database: Database) throws
    -> TokenGrant
  {
    let token = OneTimeToken(presented: token)
    // The end of a stolen session must commit, so the error comes after the transaction.
    let grant = try database.transaction { transaction in
      try refresh(token, on: device, in: transaction)
    }
    guard let grant else { throw IdentityError.invalidRefreshToken }
    return grant
  }

  private func refresh(_ token: OneTimeToken, on device: Device, in transaction: Transaction)
    throws -> TokenGrant?
  {
    let presented = try SessionStore.lock(refreshHash: token.hash, at: now, in: transaction)
    guard let presented, presented.isLive,
      let user = try UserStore.find(presented.user, in: transaction)
    else { return nil }
    let successor = OneTimeToken(after: token, key: refreshKey)
    if let spentAt = presented.spentAt {
      guard now - spentAt <= Self.grace else {
        try endFamily(presented, in: transaction)
        return nil
      }
    } else {
      SessionStore.rotate(
        token.hash, to: successor.hash, of: presented.session, on: device, at: now,
        in: transaction)
    }
    // Locked and alive: if it was marked as ended, that did not come true.
    gate.unmark(ended: presented.session)
    return try grant(user, presented.session, successor)
  }

  private func endFamily(_ presented: SessionStore.Presented, in transaction: Transaction) throws {
    _ = try SessionStore.end(
      presented.session, of: presented.user, .tokenReused, at: now, in: transaction)
    gate.mark(ended: [presented.session], before: now)
  }
}
