package import Core
package import Crypto
internal import Events
package import Gate
internal import Postgres

/// What the verbs of Identity work with. Each verb is a file named after it.
package struct Accounts {
  let ids: IDSource
  let passwords: PasswordHasher
  let keys: KeyRing
  let gate: Gate
  /// Makes the next refresh token out of a spent one.
  let refreshKey: [UInt8]
  let publicURL: String
  let issuer: String
  let audience: String
  let trace: String?
  /// Whole milliseconds: tokens say no more, and comparing finer would refuse fresh ones.
  let now: Timestamp

  package init(
    ids: IDSource, passwords: PasswordHasher, keys: KeyRing, gate: Gate, refreshKey: [UInt8],
    publicURL: String, issuer: String, audience: String, trace: String?
  ) {
    self.ids = ids
    self.passwords = passwords
    self.keys = keys
    self.gate = gate
    self.refreshKey = refreshKey
    self.publicURL = publicURL
    self.issuer = issuer
    self.audience = audience
    self.trace = trace
    now = Timestamp(microseconds: ids.clock.now.milliseconds * 1000)
  }

  /// From this moment on older tokens are refused: the next millisecond, so that one issued in
  /// this one is among them.
  var refusalMoment: Timestamp { now + .milliseconds(1) }

  func announce(_ event: some DomainEvent, in transaction: Transaction) throws {
    try event.append(to: transaction, ids: ids, at: now, trace: trace)
  }
}
