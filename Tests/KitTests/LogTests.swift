import Core
import JSON
import KitTesting
import Log
import Testing

@Suite struct LogTests {
  private let recorder = LogRecorder()
  private let clock = TestClock()

  private func entry(_ fields: [(String, LogValue)]) throws -> JSONValue {
    Logger(function: "users", clock: clock.clock, write: recorder.write)
      .log(.info, "request", fields)
    let line = try #require(recorder.lines.last)
    #expect(line.hasSuffix("\n"))
    #expect(line.utf8.count { $0 == 10 } == 1, "one line an entry")
    return try JSONValue.parse(Array(line.utf8))
  }

  @Test func oneLineTellsAll() throws {
    let line = try entry([
      ("request.id", "r1"), ("http.status", 200), ("is.new", .flag(true)),
    ])
    #expect(
      line == [
        "ts": .string(clock.clock.now.description), "level": "info", "fn": "users",
        "msg": "request", "request.id": "r1", "http.status": 200, "is.new": true,
      ])
  }

  @Test(arguments: [
    "a\nb", "\r\n{\"level\":\"error\"}", "\"}", "\u{1}\u{1f}\u{7f}", "\u{2028}", "Áo thun 👕",
    String(repeating: "x", count: 100_000),
  ])
  func hostileValuesStayValues(_ text: String) throws {
    #expect(try entry([("http.path", .text(text))])["http.path"]?.string == text)
  }

  @Test(arguments: [
    "password", "new_password", "access_token", "token", "http.authorization", "cookie.session",
    "client_secret", "stripe_api_key",
  ])
  func secretsAreNeverWritten(_ field: String) throws {
    _ = try entry([(field, "hunter2")])
    #expect(recorder.lines.last?.contains("hunter2") == false)
    #expect(recorder.lines.last?.contains("***") == true)
  }

  @Test func otherFieldsAre() throws {
    #expect(try entry([("passage", "open"), ("top", "x")])["passage"] == "open")
  }
}
