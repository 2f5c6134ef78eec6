import Core
import HTTP
import JSON
import KitTesting
import Middleware
import Postgres
import Testing

@Suite struct HealthTests {
  @Test func aliveMeansThatItAnswers() throws {
    let stack = try TestStack(environment: [
      "DATABASE_URL": "postgresql:///souk?host=/nowhere", "REDIS_URL": "unix:///nowhere/redis.sock",
    ])
    let answer = try Bazaar.ops(on: stack).send("GET", "/health/live")
    #expect(answer.status == 200)
    #expect(answer.data == ["status": "ok"])
    #expect(answer.header("Cache-Control") == "no-store")
  }

  @Test func readyMeansThatAllIsThere() throws {
    let stack = try TestStack()
    let ops = try Bazaar.ops(on: stack)
    let answer = ops.send("GET", "/health/ready")
    #expect(answer.status == 200)
    #expect(
      answer.data == [
        "status": "ready",
        "checks": [
          "database": "ok", "schema": "ok", "keys": "ok", "redis": "ok", "events": "ok",
        ],
      ])
    let health = ops.send("GET", "/health")
    #expect(health.data?["checks"] == answer.data?["checks"])
    #expect(health.data?["version"]?.string == SoukVersion.text)
  }

  @Test func withoutPostgresItIsNotReadyAndSaysSo() throws {
    let stack = try TestStack()
    let ops = try Bazaar.ops(on: stack)
    #expect(ops.send("GET", "/health/ready").status == 200)
    try stack.database.refuseConnections()
    let start = Clock.monotonicNanoseconds()
    let answer = ops.send("GET", "/health/ready")
    #expect(Clock.monotonicNanoseconds() - start < 2_000_000_000)
    #expect(answer.isProblem(503, "not_ready"))
    #expect(answer.header("Retry-After") == "1")
    #expect(
      answer.json["checks"] == [
        "database": "unavailable", "schema": "unknown", "keys": "ok", "redis": "ok",
        "events": "unknown",
      ])
    // For people there is an answer still.
    let health = ops.send("GET", "/health")
    #expect(health.status == 200)
    #expect(health.data?["status"] == "not_ready")
    try stack.database.acceptConnections()
    #expect(becomesTrue { ops.send("GET", "/health/ready").status == 200 })
  }

  /// Redis is told of, but not needed.
  @Test func withoutRedisItIsReady() throws {
    let stack = try TestStack()
    let ops = try Bazaar.ops(on: stack)
    try stack.redis.goAway()
    let answer = ops.send("GET", "/health/ready")
    #expect(answer.status == 200)
    #expect(answer.data?["checks"]?["redis"] == "unavailable")
  }

  @Test func anOlderSchemaIsNotEnough() throws {
    let stack = try TestStack()
    let ops = try Bazaar.ops(on: stack)
    try stack.look().execute(
      "DELETE FROM souk.migrations WHERE number = \(SchemaVersion.expected)")
    let answer = ops.send("GET", "/health/ready")
    #expect(answer.isProblem(503, "not_ready"))
    #expect(
      answer.json["checks"]?["schema"]
        == .string("at \(SchemaVersion.expected - 1), needs \(SchemaVersion.expected)"))
    // A newer one is: migrations only add.
    try stack.look().execute("UPDATE souk.migrations SET number = number + 100")
    #expect(ops.send("GET", "/health/ready").status == 200)
  }

  @Test func unreadableKeysAreTold() throws {
    let stack = try TestStack()
    let ops = try Bazaar.ops(on: stack)
    try Files.write(Array("no key".utf8), to: "\(stack.keyFolder)/20300101T000000Z-0000.pem")
    stack.clock.advance(by: .minutes(1))
    let answer = ops.send("GET", "/health/ready")
    #expect(answer.isProblem(503, "not_ready"))
    #expect(answer.json["checks"]?["keys"] == "unreadable")
  }
}
