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
    // Replies come in the order of the commands: those on their way are taken in first.
    let earlier = taken(underway)
    defer { underway = earlier }
    underway = nil
    try begin(commands)
    return try finish()
  }

  /// Sends the commands and does not wait: `finish` returns their replies. Until then nothing else
  /// may be begun, but `pipeline` may be used. Throws as `pipeline` does.
  package func begin(_ commands: [[RedisArgument]]) throws(RedisError) {
    // Replies nobody asked for must not be taken for these.
    if underway != nil { session = nil }
    let loads = unknownScripts(in: commands)
    try send(
      loads.map { ["SCRIPT", "LOAD", RedisArgument($0.source)] }
        + commands.map { words(of: $0, byDigest: true) })
    underway = Underway(commands: commands, loads: loads)
  }

  /// The replies of what was begun.
  package func finish() throws(RedisError) -> [RedisValue] {
    guard let underway = taken(underway) else { return [] }
    self.underway = nil
    switch underway.replies {
    case .success(let replies): return replies
    case .failure(let error): throw error
    case nil: return []
    }
  }

  private struct Underway {
    let commands: [[RedisArgument]]
    let loads: [RedisScript]
    var replies: Result<[RedisValue], RedisError>?
  }

  private var underway: Underway?

  private func taken(_ underway: Underway?) -> Underway? {
    guard var underway, underway.replies == nil else { return underway }
    do throws(RedisError) {
      underway.replies = .success(try replies(to: underway))
    } catch {
      underway.replies = .failure(error)
    }
    return underway
  }

  private func replies(to underway: Underway) throws(RedisError) -> [RedisValue] {
    var replies = try collect(underway.loads.count + underway.commands.count)
    for (script, reply) in zip(underway.loads, replies) {
      if case .bytes(let digest) = reply { digests[script] = RedisArgument(digest) }
    }
    replies.removeFirst(underway.loads.count)
    try repeatForgotten(underway.commands, &replies)
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
    try send(commands)
    return try collect(commands.count)
  }

  private func send(_ commands: [[RedisArgument]]) throws(RedisError) {
    try makeReady()
    statistics.roundTrips += 1
    statistics.commands += commands.count
    try timed { () throws(RedisError) in try session?.send(commands) }
  }

  private func collect(_ count: Int) throws(RedisError) -> [RedisValue] {
    let timeout = settings.commandTimeout
    return try timed { () throws(RedisError) in
      guard let replies = try session?.collect(count, within: timeout) else {
        throw RedisError(.connectionLost, "the connection is gone")
      }
      return replies
    }
  }

  /// After an error the connection is of no more use.
  private func timed<R>(_ body: () throws(RedisError) -> R) throws(RedisError) -> R {
    let start = Clock.monotonicNanoseconds()
    defer { statistics.nanoseconds += Clock.monotonicNanoseconds() - start }
    do throws(RedisError) {
      return try body()
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
