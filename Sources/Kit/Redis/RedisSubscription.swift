/// Listens on a channel, on a connection of its own. One thread owns it.
package final class RedisSubscription {
  private let settings: RedisSettings
  private let channel: RedisArgument
  private var session: RedisSession?

  package init(_ settings: RedisSettings, channel: String) {
    self.settings = settings
    self.channel = RedisArgument(channel)
  }

  /// Waits until somebody says something, and takes all that has come. False when the time is
  /// over. A connection that is made anew counts as a message: who knows what was missed. Throws
  /// when Redis cannot be reached.
  package func wait(for timeout: Duration) throws(RedisError) -> Bool {
    do throws(RedisError) {
      guard session != nil else {
        session = try RedisSession.open(settings)
        for case .error(let message) in try session?.exchange(
          [["SUBSCRIBE", channel]], within: settings.commandTimeout) ?? []
        {
          throw RedisError(.refused, message)
        }
        return true
      }
      return try (session?.takePushed(within: timeout) ?? 0) > 0
    } catch {
      session = nil
      throw error
    }
  }
}
