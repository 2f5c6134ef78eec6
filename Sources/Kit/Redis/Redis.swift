internal import Core
package import Lanes

/// One connection, made when first needed. One worker owns it: it is not `Sendable`.
package final class Redis {
  package let settings: RedisSettings
  /// Rises with every successful connect: whoever keeps something in step with Redis compares it.
  package private(set) var generation = 0

  private let lanes: Lanes
  private var tallies: [RedisStatistics]
  private var session: RedisSession?
  private var refusal: (error: RedisError, time: UInt64)?
  /// The digest by which the server knows a script: it depends on the source alone.
  private var digests: [RedisScript: RedisArgument] = [:]
  /// Put by and not sent.
  private var unsent: [RedisExchange] = []
  /// Sent and not answered, in the order in which the replies will come.
  private var underway: [RedisExchange] = []

  /// After a failed connect the next attempt waits, so that a fallen server is not run over.
  private static let connectPauseNanoseconds: UInt64 = 200_000_000

  /// `lanes` are those of the worker that owns it.
  package init(_ settings: RedisSettings, lanes: Lanes = Lanes()) {
    self.settings = settings
    self.lanes = lanes
    tallies = Array(repeating: RedisStatistics(), count: lanes.count)
  }

  /// What the requests of this lane have cost.
  package var statistics: RedisStatistics { tallies[lanes.current] }

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
    return try finish(begin(commands))
  }

  /// Puts the commands by. They go out, with those of other lanes, before anyone waits; `finish`
  /// returns the replies. Throws as `pipeline` does.
  package func begin(_ commands: [[RedisArgument]]) throws(RedisError) -> RedisExchange {
    settlePosted()
    if unsent.isEmpty, underway.isEmpty { try makeReady() }
    let loads = unknownScripts(in: commands)
    let exchange = RedisExchange(commands: commands, loads: loads)
    try timed { () throws(RedisError) in
      try session?.append(
        loads.map { ["SCRIPT", "LOAD", RedisArgument($0.source)] }
          + commands.map { words(of: $0, byDigest: true) })
    }
    tallies[lanes.current].roundTrips += 1
    tallies[lanes.current].commands += exchange.replyCount
    if unsent.isEmpty { lanes.beforeWaiting { self.send() } }
    unsent.append(exchange)
    return exchange
  }

  /// Sends a command whose reply nobody needs. It costs no waiting: the reply is read with that of
  /// the next command. While there is no connection, nothing is sent.
  package func post(_ command: [RedisArgument]) {
    guard session != nil else { return }
    let exchange = RedisExchange(commands: [command], loads: [])
    exchange.isPosted = true
    do throws(RedisError) {
      try timed { () throws(RedisError) in try session?.append([command]) }
      tallies[lanes.current].commands += 1
      unsent.append(exchange)
      send()
    } catch {
      // The connection is given up, and the next command makes another.
    }
  }

  /// Takes replies that have come to what was posted. With nothing left under way, the next
  /// command sees whether the connection still stands.
  private func settlePosted() {
    while unsent.isEmpty, let next = underway.first, next.isPosted, session?.hasInput == true {
      receive(next)
    }
  }

  /// The replies to what was begun.
  package func finish(_ exchange: RedisExchange) throws(RedisError) -> [RedisValue] {
    if !exchange.isSent { lanes.pause() }
    send()
    while exchange.outcome == nil, let next = underway.first { receive(next) }
    var replies = try exchange.outcome?.get() ?? []
    try repeatForgotten(exchange.commands, &replies)
    return replies
  }

  /// An error stands in the outcome of every exchange.
  private func send() {
    guard !unsent.isEmpty else { return }
    for exchange in unsent { exchange.isSent = true }
    let point = CrashPoints.before("redis", alone: true, Self.words(unsent))
    defer { CrashPoints.after(point) }
    underway += unsent
    unsent = []
    do throws(RedisError) {
      try timed { () throws(RedisError) in try session?.send() }
    } catch {
      // What is under way has heard of it.
    }
  }

  private static func words(_ exchanges: [RedisExchange]) -> String {
    exchanges.flatMap(\.commands).map { $0.prefix(3).map(\.description).joined(separator: " ") }
      .joined(separator: "; ")
  }

  private func receive(_ exchange: RedisExchange) {
    do throws(RedisError) {
      var replies = try collect(exchange.replyCount)
      underway.removeFirst()
      for (script, reply) in zip(exchange.loads, replies) {
        if case .bytes(let digest) = reply { digests[script] = RedisArgument(digest) }
      }
      replies.removeFirst(exchange.loads.count)
      exchange.outcome = .success(replies)
    } catch {
      exchange.outcome = .failure(error)
    }
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
    let forgotten = zip(commands, replies).enumerated().compactMap { index, pair in
      guard case .script = pair.0.first?.content, case .error(let text) = pair.1,
        text.hasPrefix("NOSCRIPT")
      else { return Int?.none }
      return index
    }
    if forgotten.isEmpty { return }
    // Its reply comes after those of the others.
    while let next = underway.first { receive(next) }
    try makeReady()
    tallies[lanes.current].roundTrips += 1
    tallies[lanes.current].commands += forgotten.count
    try timed { () throws(RedisError) in
      try session?.append(forgotten.map { words(of: commands[$0], byDigest: false) })
      try session?.send()
    }
    for (index, answer) in zip(forgotten, try collect(forgotten.count)) { replies[index] = answer }
  }

  /// The command as sent.
  private func words(of command: [RedisArgument], byDigest: Bool) -> [RedisArgument] {
    guard case .script(let script) = command.first?.content else { return command }
    if byDigest, let digest = digests[script] {
      return ["EVALSHA", digest] + command.dropFirst()
    }
    return ["EVAL", RedisArgument(script.source)] + command.dropFirst()
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

  /// After an error the connection is of no more use, to nobody who still waits for it.
  private func timed<R>(_ body: () throws(RedisError) -> R) throws(RedisError) -> R {
    let start = Clock.monotonicNanoseconds()
    defer { tallies[lanes.current].nanoseconds += Clock.monotonicNanoseconds() - start }
    do throws(RedisError) {
      return try body()
    } catch {
      session = nil
      for exchange in underway + unsent { exchange.outcome = .failure(error) }
      underway = []
      unsent = []
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
      tallies[lanes.current].connects += 1
      generation += 1
      refusal = nil
    } catch {
      refusal = (error, Clock.monotonicNanoseconds())
      throw error
    }
  }
}

/// Commands that are asked together and the replies to them, which may not be there yet.
package final class RedisExchange {
  let commands: [[RedisArgument]]
  let loads: [RedisScript]
  fileprivate(set) var isSent = false
  fileprivate(set) var isPosted = false
  fileprivate(set) var outcome: Result<[RedisValue], RedisError>?

  fileprivate init(commands: [[RedisArgument]], loads: [RedisScript]) {
    self.commands = commands
    self.loads = loads
  }

  var replyCount: Int { loads.count + commands.count }
}
