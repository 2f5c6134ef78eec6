import JSON
import Testing

/// What nginx and the functions make of odd requests, together.
@Suite(.marketplace, .serialized) struct EdgeTests {
  @Test(arguments: [
    ("/nowhere", 404), ("/api/v1/users/../users/me", 404), ("/api/v1//users/me", 404),
    ("/api/v1/users/%2e%2e/me", 404), ("/api/v1/users/me%00", 400), ("/api/v1/users/%zz", 400),
    ("/api/v1/users/me/", 404), ("/API/V1/users/me", 404), ("/api/v1/users/a%2fb", 404),
    ("/problem/404", 404), ("/" + String(repeating: "a", count: 9000), 414),
  ])
  func oddPathsAreProblems(_ path: String, _ status: Int) throws {
    let answer = try market().send("GET", path)
    #expect(answer.status == status)
    #expect(answer.isProblem, "\(answer.text)")
  }

  @Test(arguments: [
    "BLAH\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/9.9\r\nHost: a\r\n\r\n",
    "POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Length: many\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "a", count: 10_000))\r\n\r\n",
    "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}",
  ])
  func whatIsNoHTTPIsAProblem(_ text: String) throws {
    let answer = try RawConnection.exchange(text, with: try market().url)
    #expect(answer.contains(" 400 Bad Request"), "\(answer)")
    #expect(answer.contains("application/problem+json"), "\(answer)")
    #expect(answer.contains(#""code":"malformed_request""#), "\(answer)")
  }

  @Test func bodiesOverTheLimitAreRefused() throws {
    let market = try market()
    let token = try market.logIn("customer")
    for (path, limit) in [("/api/v1/auth/login", 65_536), ("/api/v1/users/addresses", 1_048_576)] {
      let body = #"{"a":""# + String(repeating: "a", count: limit - 7) + #""}"#
      let over = try market.send("POST", path, token: token, body: body)
      #expect(over.status == 413)
      #expect(over.isProblem)
      let within = try market.send("POST", path, token: token, body: String(body.dropFirst(1)))
      #expect(within.status == 400)
    }
  }

  @Test func everyAnswerCarriesTheHeadersOfSafety() throws {
    let market = try market()
    for path in ["/health/live", "/nowhere", "/api/v1/users/me", "/.well-known/jwks.json"] {
      let answer = try market.send("GET", path, headers: [("X-Request-Id", "abc-123")])
      #expect(answer.header("X-Request-Id") == "abc-123", "\(path)")
      #expect(answer.header("X-Content-Type-Options") == "nosniff")
      #expect(answer.header("Server") == "nginx")
      #expect(answer.header("Content-Security-Policy")?.contains("default-src 'none'") == true)
    }
  }

  @Test func publicAnswersComeFromTheCacheUnderTheirOwnRequestID() throws {
    let market = try market()
    let first = try market.send("GET", "/.well-known/jwks.json", headers: [("X-Request-Id", "a")])
    let counted = try requests("list_signing_keys")
    let second = try market.send("GET", "/.well-known/jwks.json", headers: [("X-Request-Id", "b")])
    #expect(second.text == first.text)
    #expect(second.header("X-Request-Id") == "b")
    #expect(try requests("list_signing_keys") == counted, "nginx answered")
    let tag = try #require(first.header("ETag"))
    let third = try market.send(
      "GET", "/.well-known/jwks.json", headers: [("If-None-Match", tag)])
    #expect(third.status == 304)
    #expect(third.text == "")
    _ = try market.send("GET", "/.well-known/jwks.json", headers: [("Authorization", "Bearer x")])
    #expect(try requests("list_signing_keys") == counted + 1, "who signs in bypasses the cache")
  }

  private func requests(_ route: String) throws -> Int {
    let lines = try market().send("GET", "/metrics").text.split(separator: "\n")
    return lines.filter {
      $0.hasPrefix("souk_requests_total{") && $0.contains("route=\"\(route)\"")
    }.reduce(0) { $0 + (Int($1.split(separator: " ").last ?? "") ?? 0) }
  }
}
