/// One row of `routes.json`, without what only nginx needs.
package struct RouteSpec: Sendable {
  package let method: String
  package let path: String
  package let operation: String
  package let access: Access
  package let rate: RateClass
  package let bodyBytesMax: Int
  package let cacheSeconds: Int
  package let idempotency: Idempotency

  package init(
    _ method: String, _ path: String, _ operation: String, access: Access, rate: RateClass,
    bodyBytesMax: Int = 1_048_576, cacheSeconds: Int = 0, idempotency: Idempotency = .none
  ) {
    self.method = method
    self.path = path
    self.operation = operation
    self.access = access
    self.rate = rate
    self.bodyBytesMax = bodyBytesMax
    self.cacheSeconds = cacheSeconds
    self.idempotency = idempotency
  }

  package enum Access: String, Sendable, CaseIterable {
    /// `guest`: everybody, and who sends a token is known.
    case `public`, guest, user, seller, shipper, admin, local
  }

  package enum Idempotency: String, Sendable, CaseIterable {
    case none, honoured, required
  }
}

/// A limit on how often one caller may use the routes of a class: `count` a number of `seconds`
/// in the long run, `burst` at once.
package struct RateClass: Sendable, Equatable {
  package let name: String
  package let by: Key
  package let count: Int
  package let seconds: Int
  package let burst: Int

  package enum Key: String, Sendable, CaseIterable {
    case ip, user
  }

  package init(_ name: String, by: Key, count: Int, seconds: Int, burst: Int) {
    self.name = name
    self.by = by
    self.count = count
    self.seconds = seconds
    self.burst = burst
  }

  package var isUnlimited: Bool { count == 0 }

  /// What `SOUK_RATE_SCALE` does to a limit.
  package func scaled(by factor: Int) -> RateClass {
    RateClass(name, by: by, count: count * factor, seconds: seconds, burst: burst * factor)
  }
}
