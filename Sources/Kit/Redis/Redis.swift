internal import Core

/// One connection, made when first needed. One worker owns it: it is not `Sendable`.
package final class Redis {
  package let settings: RedisSettings
  package private(set) var statistics = RedisStatistics()
  /// Rises with every successful connect: whoever keeps something in step with Redis compares it.
  package private(set) var generation = 0

  private var session: RedisSession?
  private var refusal: (error: RedisError, time: UInt64)?
  /// The digest by which the server knows a script: it depends on the source alone.
  private var digests: [RedisScript: RedisArgument] = [:]

  /// After a failed connect the next attempt waits, so that a fallen server is not run over.
  private static let connectPauseNanoseconds: UInt64 = 200_000_000

  package init(_ settings: RedisSettings) {
    self.settings = settings
  }

  /// One command. Throws also when the server refuses it.
  @discardableResult
  package func command(_ arguments: RedisArgument...) throws(RedisError) -> RedisValue {
    try command(arguments)
  }

  /// One command. Throws also when the server refuses it.
  @discardableResult
  package func command(_ arguments: [RedisArgument]) throws(RedisError) -> RedisValue {
    let reply = try pipeline([arguments])[0]
    if case .error(let message) = reply { throw RedisError(.refused, message) }
    return reply
  }

  /// All commands in one round trip, one reply each; a refused one is an `.error` in its place.
  /// A script the server has forgotten is sent again after the others, in a second round trip.
  /// Throws when the connection fails: then any of the commands may have taken effect, or none.
  package func pipeline(_ commands: [[RedisArgument]]) throws(RedisError) -> [RedisValue] {
    if commands.isEmpty { return [] }
    let loads = unknownScripts(in: commands)
    var replies = try roundTrip(
      loads.map { ["SCRIPT", "LOAD", RedisArgument($0.source)] }
        + commands.map { words(of: $0, byDigest: true) })
    for (script, reply) in zip(loads, replies) {
      if case .bytes(let digest) = reply { digests[script] = RedisArgument(digest) }
    }
    replies.removeFirst(loads.count)
    try repeatForgotten(commands, &replies)
    return replies
  }

  private func unknownScripts(in commands: [[RedisArgument]]) -> [RedisScript] {
    var unknown = [RedisScript]()
    for command in commands {
      guard case .script(let script) = command.first?.content, digests[script] == nil,
        !unknown.contains(script)
      else { continue }
      unknown.append(script)
    }
    return unknown
  }

  private func repeatForgotten(
    _ commands: [[RedisArgument]], _ replies: inout [RedisValue]
  ) throws(RedisError) {
    let forgotten = replies.indices.filter { index in
      guard case .script = commands[index].first?.content, case .error(let text) = replies[index]
      else { return false }
      return text.hasPrefix("NOSCRIPT")
    }
    if forgotten.isEmpty { return }
    let answers = try roundTrip(forgotten.map { words(of: commands[$0], byDigest: false) })
    for (index, answer) in zip(forgotten, answers) { replies[index] = answer }
  }

  /// The command as sent.
  private func words(of command: [RedisArgument], byDigest: Bool) -> [RedisArgument] {
    guard case .script(let script) = command.first?.content else { return command }
    if byDigest, let digest = digests[script] {
      return ["EVALSHA", digest] + command.dropFirst()
    }
    return ["EVAL", RedisArgument(script.source)] + command.dropFirst()
  }

  private func roundTrip(_ commands: [[RedisArgument]]) throws(RedisError) -> [RedisValue] {
    try makeReady()
    let start = Clock.monotonicNanoseconds()
    defer { statistics.nanoseconds += Clock.monotonicNanoseconds() - start }
    statistics.roundTrips += 1
    statistics.commands += commands.count
    do throws(RedisError) {
      guard let replies = try session?.exchange(commands, within: settings.commandTimeout) else {
        throw RedisError(.connectionLost, "the connection is gone")
      }
      return replies
    } catch {
      session = nil
      throw error
    }
  }

  private func makeReady() throws(RedisError) {
    if session?.isOpen == true { return }
    session = nil
    if let refusal,
      Clock.monotonicNanoseconds() - refusal.time < Self.connectPauseNanoseconds
    {
      throw refusal.error
    }
    do {
      session = try RedisSession.open(settings)
      statistics.connects += 1
      generation += 1
      refusal = nil
    } catch {
      refusal = (error, Clock.monotonicNanoseconds())
      throw error
    }
  }
}
