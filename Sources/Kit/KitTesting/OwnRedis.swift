internal import Core
internal import Processes
package import Redis

/// A Redis server of one test's own, for what everybody on the server would notice. Gone with this
/// value.
package final class OwnRedis: Sendable {
  private let server: LocalRedis
  private let guardian: Guardian

  /// Throws when Redis does not start.
  package init() throws {
    let directory = try Files.makeTemporaryDirectory("souk-redis")
    try Account.forServers()?.own(directory)
    server = try LocalRedis(directory: directory)
    try server.start()
    guardian = try Guardian(ending: [server.pid].compactMap { $0 }, removing: directory)
  }

  package var settings: RedisSettings { RedisSettings(url: server.url) }

  /// The server no longer knows any script.
  package func forgetScripts() throws { try Redis(settings).command("SCRIPT", "FLUSH") }
}
