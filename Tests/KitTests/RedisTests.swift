import Core
import Glibc
import KitTesting
import Processes
import Redis
import Testing

@Suite struct RedisTests {
  let redis = Redis(RedisSettings(url: TestServers.shared.freshRedisURL()))

  private func redisError(_ work: () throws -> some Any) throws -> RedisError {
    try #require(throws: RedisError.self) { _ = try work() }
  }

  @Test func everyKindOfReply() throws {
    let replies = try redis.pipeline([
      ["SET", "key", "value"], ["GET", "key"], ["GET", "missing"], ["INCRBY", "n", 41],
      ["INCR", "n"], ["MGET", "key", "missing"], ["INCR", "key"],
      ["EVAL", "return {1,{2,'x'}}", 0],
    ])
    #expect(replies[0] == .status("OK"))
    #expect(replies[1].string == "value")
    #expect(replies[2] == .null)
    #expect(replies[3].integer == 41)
    #expect(replies[4].integer == 42)
    #expect(replies[5].array == [.bytes(Array("value".utf8)), .null])
    guard case .error(let text) = replies[6] else { throw RedisError(.refused, "no error") }
    #expect(text.hasPrefix("ERR"))
    #expect(replies[7] == .array([.integer(1), .array([.integer(2), .bytes([120])])]))
    #expect(redis.statistics.roundTrips == 1)
    #expect(redis.statistics.commands == 8)
    #expect(try redis.pipeline([]) == [])
  }

  @Test func binarySafeAndLarge() throws {
    for bytes in [[], [0], Array(0...255), [UInt8](repeating: 13, count: 1 << 20)] as [[UInt8]] {
      let key = RedisArgument([0, 13, 10, 255])
      try redis.command("SET", key, RedisArgument(bytes))
      #expect(try redis.command("GET", key) == .bytes(bytes))
    }
    #expect(RedisValue.bytes([255]).string == nil)
  }

  @Test func argumentsFromInterpolation() throws {
    let id = 7
    try redis.command("SET", "cart:\(id)", RedisArgument(id))
    #expect(try redis.command("GET", "cart:7").string == "7")
  }

  @Test func aRefusedCommandThrowsAndTheConnectionStays() throws {
    let error = try redisError { try redis.command("NONSENSE") }
    #expect(error.code == .refused && !error.isUnavailable)
    #expect(try redis.command("PING") == .status("PONG"))
    #expect(redis.generation == 1)
  }

  @Test func aLongPipeline() throws {
    let replies = try redis.pipeline((1...5000).map { _ in ["INCR", "n"] })
    #expect(replies.map(\.integer) == (1...5000).map { $0 })
    #expect(redis.statistics.roundTrips == 1)
  }

  @Test func scripts() throws {
    let server = try OwnRedis()
    let redis = Redis(server.settings)
    let script = RedisScript("return {KEYS[1], ARGV[1]}")
    func call(_ word: RedisArgument) -> [RedisArgument] {
      script.call(keys: ["k"], arguments: [word])
    }
    for word in 1...3 {
      let reply = try redis.command(call(RedisArgument(word)))
      #expect(reply.array?.map(\.string) == ["k", "\(word)"])
      #expect(redis.statistics.roundTrips == word)
    }
    try server.forgetScripts()
    let replies = try redis.pipeline([["PING"], call("a"), ["ECHO", "x"], call("b")])
    #expect(replies.map { $0.string ?? $0.array?[1].string } == ["PONG", "a", "x", "b"])
    let before = redis.statistics.roundTrips
    #expect(try redis.command(call("c")).array?[1].string == "c")
    #expect(redis.statistics.roundTrips == before + 1)
  }

  @Test func aBrokenScript() throws {
    let error = try redisError { try redis.command(RedisScript("return +").call()) }
    #expect(error.code == .refused)
  }

  @Test func databasesAreApart() throws {
    let other = Redis(RedisSettings(url: TestServers.shared.freshRedisURL()))
    try redis.command("SET", "key", "here")
    #expect(try other.command("GET", "key") == .null)
  }

  @Test func aClosedConnectionIsOpenedAgainBeforeSending() throws {
    let other = Redis(RedisSettings(url: TestServers.shared.redisURL))
    let id = try redis.command("CLIENT", "ID").integer ?? 0
    #expect(redis.generation == 1)
    #expect(try other.command("CLIENT", "KILL", "ID", RedisArgument(id)) == .integer(1))
    #expect(try redis.command("INCR", "n") == .integer(1))
    #expect(redis.generation == 2)
    #expect(redis.statistics.connects == 2)
  }

  @Test func noReplyInTime() throws {
    var settings = redis.settings
    settings.commandTimeout = .milliseconds(50)
    let hasty = Redis(settings)
    let error = try redisError { try hasty.command("BLPOP", "never", 10) }
    #expect(error.code == .timeout && error.isUnavailable)
    #expect(try hasty.command("PING") == .status("PONG"))
    #expect(hasty.generation == 2)
  }

  @Test func aServerThatGoesAndComesBack() throws {
    let directory = try Files.makeTemporaryDirectory("souk-redis")
    defer { #expect(throws: Never.self) { try Files.remove(directory) } }
    try Account.forServers()?.own(directory)
    let server = try LocalRedis(directory: directory, snapshots: "3600 1")
    try server.start()
    let redis = Redis(RedisSettings(url: server.url))
    try redis.command("SET", "kept", "yes")
    try server.stop()
    for _ in 1...2 {
      let error = try redisError { try redis.command("PING") }
      #expect(error.code == .connectFailed)
    }
    try server.start()
    let kept: String? = try probe(for: .seconds(10)) {
      do { return try redis.command("GET", "kept").string } catch let error as RedisError {
        #expect(error.isUnavailable)
        return nil
      }
    }
    #expect(kept == "yes")
    #expect(redis.generation == 2)
    try server.stop()
  }

  @Test func killedWhileWaiting() throws {
    let url = redis.settings.url
    let waiting = Concurrently {
      let redis = Redis(RedisSettings(url: url, commandTimeout: .seconds(30)))
      try redis.command("CLIENT", "SETNAME", "waiting")
      return try #require(throws: RedisError.self) { try redis.command("BLPOP", "never", 0) }
    }
    let admin = Redis(RedisSettings(url: TestServers.shared.redisURL))
    let isKilled: Bool? = try probe(for: .seconds(20)) {
      let list = try admin.command("CLIENT", "LIST").string ?? ""
      let client = list.split(separator: "\n").first {
        $0.contains("name=waiting ") && $0.contains("cmd=blpop ")
      }
      guard let word = client?.split(separator: " ").first, word.hasPrefix("id=") else {
        return nil
      }
      try admin.command("CLIENT", "KILL", "ID", "\(String(word.dropFirst(3)))")
      return true
    }
    #expect(isKilled == true)
    #expect(try waiting.result().code == .connectionLost)
  }

  @Test func aDeafServerIsAskedSeldom() throws {
    let directory = try Files.makeTemporaryDirectory("souk-deaf")
    defer { #expect(throws: Never.self) { try Files.remove(directory) } }
    let listener = try Listener("\(directory)/r")
    let redis = Redis(
      RedisSettings(url: "unix://\(directory)/r?db=1", commandTimeout: .milliseconds(50)))
    #expect(try redisError { try redis.command("PING") }.code == .timeout)
    #expect(try redisError { try redis.command("PING") }.code == .timeout)
    #expect(listener.waitingConnections() == 1)
    #expect(redis.generation == 0)
  }

  @Test(arguments: [
    "http://x", "redis://", "redis://host:port", "redis://host:99999", "redis://host/x",
    "unix://relative", "unix:///x?db=", "unix:///x?unknown=1", "redis://:%zz@host",
    "unix:///" + String(repeating: "x", count: 120),
  ])
  func badURLs(url: String) throws {
    let redis = Redis(RedisSettings(url: url))
    let error = try redisError { try redis.command("PING") }
    #expect(error.code == .connectFailed && error.message.contains("cannot be read"))
  }

  @Test func logsInAndSelects() throws {
    let user = "user\(UInt32.random(in: 0 ... .max))"
    try redis.command("ACL", "SETUSER", "\(user)", "on", ">p@ss:w/rd", "~*", "+@all")
    let base = TestServers.shared.redisURL
    let known = Redis(RedisSettings(url: "\(base)?db=3&user=\(user)&password=p%40ss%3Aw%2Frd"))
    #expect(try known.command("ACL", "WHOAMI").string == user)
    #expect(try known.command("CLIENT", "INFO").string?.contains(" db=3 ") == true)
    let wrong = Redis(RedisSettings(url: "\(base)?user=\(user)&password=wrong"))
    let error = try redisError { try wrong.command("PING") }
    #expect(error.code == .connectFailed && error.message.contains("WRONGPASS"))
  }

  @Test func overTCPWithAPassword() throws {
    let port = try FreePort.find()
    var command = Command([
      "redis-server", "--port", "\(port)", "--bind", "127.0.0.1", "--requirepass", "p@ss",
      "--save", "", "--dir", "/tmp",
    ])
    command.output = .null
    let server = try ChildProcess(command)
    defer { #expect(throws: Never.self) { try server.stop(SIGKILL, within: .seconds(10)) } }
    let redis = Redis(RedisSettings(url: "redis://:p%40ss@127.0.0.1:\(port)/2"))
    let info: String? = try probe(for: .seconds(20)) {
      do { return try redis.command("CLIENT", "INFO").string } catch let error as RedisError {
        #expect(error.code == .connectFailed)
        return nil
      }
    }
    #expect(info?.contains(" db=2 ") == true)
    let named = Redis(RedisSettings(url: "redis://default:p%40ss@localhost:\(port)"))
    #expect(try named.command("PING") == .status("PONG"))
    let nameless = Redis(RedisSettings(url: "redis://127.0.0.1:\(port)"))
    #expect(try redisError { try nameless.command("PING") }.message.hasPrefix("NOAUTH"))
  }
}
