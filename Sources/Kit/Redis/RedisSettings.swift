/// Where Redis is and how long to wait for it.
package struct RedisSettings: Sendable {
  /// `redis://[user:password@]host[:port][/db]` or `unix:///path[?db=1&password=…]`.
  package var url: String
  package var connectTimeout: Duration
  /// For all commands of one round trip together.
  package var commandTimeout: Duration

  package init(
    url: String, connectTimeout: Duration = .milliseconds(500),
    commandTimeout: Duration = .milliseconds(500)
  ) {
    self.url = url
    self.connectTimeout = connectTimeout
    self.commandTimeout = commandTimeout
  }
}

/// Counters that only rise; the difference over a request is what the request cost.
package struct RedisStatistics: Equatable, Sendable {
  package var roundTrips = 0
  package var commands = 0
  package var nanoseconds: UInt64 = 0
  package var connects = 0
}
