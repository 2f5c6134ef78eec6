internal import Core
package import Redis

/// A Redis database of one test's own, which the functions enter under a name of its own: so a
/// test can take Redis away from them, and no other test notices.
package final class TestRedis: Sendable {
  /// For the functions under test.
  package let url: String
  private let ownURL: String
  private let name = "test_\(UInt64.random(in: 0 ... .max))"
  private static let password = "courtyard"

  /// Throws when Redis is away or too old for access lists.
  package init() throws {
    ownURL = TestServers.shared.freshRedisURL()
    url = Self.address(ownURL, user: name)
    try look().command(
      "ACL", "SETUSER", .init(name), "on", ">\(Self.password)", "~*", "&*", "+@all")
  }

  deinit {
    do throws(RedisError) {
      try look().command("ACL", "DELUSER", .init(name))
    } catch {
      print("the Redis user \(name) stays behind: \(error)")
    }
  }

  /// A connection that nothing below takes away.
  package func look() -> Redis { Redis(RedisSettings(url: ownURL)) }

  /// Redis loses its memory, and keeps its connections.
  package func flush() throws { try look().command("FLUSHDB") }

  /// Ends the functions' connections and refuses further ones.
  package func goAway() throws {
    try look().command("ACL", "SETUSER", .init(name), "off")
    try look().command("CLIENT", "KILL", "USER", .init(name))
  }

  package func comeBack() throws { try look().command("ACL", "SETUSER", .init(name), "on") }

  /// Refuses to write, as a Redis does that is full or became a replica; reading goes on.
  package func refuseWrites() throws {
    try look().command("ACL", "SETUSER", .init(name), "-set")
  }

  private static func address(_ url: String, user: String) -> String {
    guard url.hasPrefix("redis://") else { return "\(url)&user=\(user)&password=\(password)" }
    let place = url.dropFirst("redis://".count)
    let host = place.lastIndex(of: "@").map { place[place.index(after: $0)...] } ?? place
    return "redis://\(user):\(password)@\(host)"
  }
}
