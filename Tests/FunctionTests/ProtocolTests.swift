import Core
import HTTP
import JSON
import KitTesting
import Middleware
import Postgres
import Testing

/// What holds for every route alike.
@Suite struct ProtocolTests {
  @Test func headIsGetWithoutABody() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.visitor()
    for (function, path) in [
      (bazaar.users, "/api/v1/users/me"), (bazaar.users, "/api/v1/users/addresses"),
      (bazaar.auth, "/.well-known/jwks.json"), (bazaar.users, "/api/v1/users/\(ana.id)"),
    ] {
      let get = function.send("GET", path, token: ana.token)
      let head = function.send("HEAD", path, token: ana.token)
      #expect(head.status == 200)
      #expect(head.response.body.isEmpty)
      #expect(head.header("Content-Length") == String(get.response.body.count))
      for name in ["ETag", "Content-Type", "Cache-Control"] {
        #expect(head.header(name) == get.header(name), "\(path) \(name)")
      }
    }
    #expect(bazaar.users.send("HEAD", "/api/v1/users/me").status == 401)
  }

  @Test(arguments: [
    ("/api/v1/users/me", "GET, PUT, HEAD, OPTIONS"),
    ("/api/v1/users/profile", "GET, PUT, POST, HEAD, OPTIONS"),
    ("/api/v1/users", "DELETE, OPTIONS"),
    ("/api/v1/users/addresses", "GET, POST, HEAD, OPTIONS"),
    ("/api/v1/users/addresses/adr_1", "GET, PUT, DELETE, HEAD, OPTIONS"),
    ("/api/v1/admin/users/x/role", "PUT, OPTIONS"),
  ])
  func otherMethodsAreNamed(_ path: String, _ allow: String) throws {
    let bazaar = try Bazaar.shared()
    for method in ["PATCH", "BREW", "TRACE", "CONNECT", "get", "", "GET "] {
      let answer = bazaar.users.send(method, path)
      #expect(answer.isProblem(405, "method_not_allowed"), "\(method)")
      #expect(answer.header("Allow") == allow)
    }
    let options = bazaar.users.send("OPTIONS", path)
    #expect(options.status == 204)
    #expect(options.header("Allow") == allow)
    #expect(options.response.body.isEmpty)
  }

  private static let nowhere = [
    "/", "", "/api/v1/userss", "/api/v1/users/", "/api/v1/users//addresses", "//api/v1/users/me",
    "/api/v1/users/me/", "/api/v1/users/./me", "/api/v1/users/x/../me", "/api/v1/users/%2e%2e/me",
    "/api/v1/users/..%2Fme", "/api/v1/users/addresses%2Fx", "/api/v1/users/%00",
    "/api/v1/users/a%00",
    "/api/v1/users/%", "/api/v1/users/%zz", "/api/v1/users/%FF", "/API/V1/USERS/ME",
    "/api/v1/users/me;x=1", "http://other.example/api/v1/users/me", "*", "api/v1/users/me",
    "/api/v1/users/a%0d%0aX-Injected:%201", "/api/v1/users/" + String(repeating: "a", count: 9000),
    "/api/v1/users/addresses/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p", "/../../etc/passwd",
  ]

  @Test func pathsThatAreNoneAreNotFound() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.visitor()
    let before = try bazaar.stack.database.contents()
    for path in Self.nowhere {
      for method in ["GET", "POST", "DELETE", "BREW"] {
        let answer = bazaar.users.send(method, path, token: ana.token, body: "{}")
        #expect(
          answer.isProblem(404, "not_found") || answer.isProblem(405, "method_not_allowed"),
          "\(method) \(path): \(answer)")
        #expect(method != "GET" || answer.status == 404, "\(path)")
      }
    }
    #expect(try bazaar.stack.database.contents() == before)
  }

  @Test(arguments: ["a", "Abc-1_2.3", String(repeating: "x", count: 128)])
  func aRequestIDIsKept(_ id: String) throws {
    let bazaar = try Bazaar.shared()
    let answer = bazaar.users.send("GET", "/nothing", headers: [(.requestID, id)])
    #expect(answer.header("X-Request-Id") == id)
    #expect(answer.json["request_id"] == .string(id))
    #expect(bazaar.stack.log.lines.contains { $0.contains("\"request.id\":\"\(id)\"") })
  }

  @Test(arguments: [
    "", " ", "a b", "a\r\nX-Injected: 1", "a\nb", "\"", "<script>", "é", "a\u{0}",
    String(repeating: "x", count: 129),
  ])
  func aRequestIDThatIsNoneIsReplaced(_ id: String) throws {
    let bazaar = try Bazaar.shared()
    let answer = bazaar.users.send("GET", "/nothing", headers: [(.requestID, id)])
    let given = try #require(answer.header("X-Request-Id"))
    #expect(given.count == 32)
    #expect(given.allSatisfy { $0.isHexDigit })
    #expect(answer.json["request_id"] == .string(given))
    let other = bazaar.users.send("GET", "/nothing", headers: [(.requestID, id)])
    #expect(other.header("X-Request-Id") != given)
  }

  @Test func aTraceGoesOnIntoTheOutbox() throws {
    let bazaar = try Bazaar()
    let trace = "0af7651916cd43dd8448eb211c80319c"
    let answer = bazaar.auth.send(
      "POST", "/api/v1/auth/register",
      json: [
        "email": "ana@example.com", "password": .string(Bazaar.password), "full_name": "Ana",
      ], headers: [(.traceParent, "00-\(trace)-b7ad6b7169203331-01")])
    #expect(answer.status == 201)
    let parents = try bazaar.events().map(\.trace)
    #expect(parents.count == 2)
    #expect(
      parents.allSatisfy { $0?.hasPrefix("00-\(trace)-") == true && $0?.hasSuffix("-01") == true })
    // The span is ours, not the caller's.
    #expect(parents.allSatisfy { $0?.contains("b7ad6b7169203331") == false })
    #expect(bazaar.stack.log.lines.last?.contains("\"trace.id\":\"\(trace)\"") == true)
  }

  @Test(arguments: [
    "", "x", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
    "00-00000000000000000000000000000000-b7ad6b7169203331-01",
    "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
    "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
    "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "00-'; DROP TABLE x;---01",
  ])
  func aBrokenTraceBeginsAnew(_ header: String) throws {
    let bazaar = try Bazaar.shared()
    let ana = try bazaar.visitor()
    let answer = bazaar.users.send(
      "POST", "/api/v1/users/shippers/register", token: ana.token, json: Bazaar.vehicle,
      headers: [(.traceParent, header)])
    #expect(answer.status == 201)
    let trace = try #require(
      try bazaar.text(
        "SELECT e.trace_parent FROM outbox.events AS e WHERE e.aggregate_id = \(ana.user)"))
    let parts = trace.split(separator: "-")
    #expect(parts.map(\.count) == [2, 32, 16, 2])
    #expect(parts[1] != "0af7651916cd43dd8448eb211c80319c")
    #expect(Set(parts[1]) != ["0"])
  }
}

@Suite struct CrossOriginTests {
  private static let stack = Result {
    try TestStack(
      rateScale: 1000,
      environment: ["SOUK_CORS_ORIGINS": "https://shop.example, https://app.example"])
  }

  @Test func anOriginOnTheListMayRead() throws {
    let bazaar = try Bazaar(on: Self.stack.get())
    for origin in ["https://shop.example", "https://app.example"] {
      let answer = bazaar.users.send(
        "GET", "/api/v1/users/me", headers: [(.origin, origin)])
      #expect(answer.status == 401)
      #expect(answer.header("Access-Control-Allow-Origin") == origin)
      #expect(answer.header("Vary") == "Origin")
      #expect(answer.header("Access-Control-Expose-Headers")?.contains("ETag") == true)
      #expect(answer.header("Access-Control-Allow-Credentials") == nil)
    }
  }

  @Test(arguments: [
    "https://evil.example", "https://shop.example.evil.example", "http://shop.example",
    "https://SHOP.example", "null", "*", "", "https://shop.example,https://app.example",
  ])
  func anotherOriginMayNot(_ origin: String) throws {
    let bazaar = try Bazaar(on: Self.stack.get())
    for method in ["GET", "OPTIONS"] {
      let answer = bazaar.users.send(
        method, "/api/v1/users/me",
        headers: [(.origin, origin), (.requestedMethod, "PUT")])
      #expect(!answer.response.headers.contains { $0.name.hasPrefix("Access-Control") })
      #expect(answer.header("Vary") == "Origin")
    }
  }

  /// Asked without a token, as browsers do, and answered without asking Redis or Postgres.
  @Test func aPreflightIsAnswered() throws {
    let bazaar = try Bazaar(on: Self.stack.get())
    for path in ["/api/v1/users/me", "/api/v1/users/addresses/adr_1/default", "/nothing"] {
      let answer = bazaar.users.send(
        "OPTIONS", path,
        headers: [(.origin, "https://app.example"), (.requestedMethod, "PUT")])
      #expect(answer.status == 204)
      #expect(answer.header("Access-Control-Allow-Origin") == "https://app.example")
      #expect(answer.header("Access-Control-Allow-Methods") == "PUT")
      #expect(answer.header("Access-Control-Allow-Headers")?.contains("Idempotency-Key") == true)
      #expect(answer.header("Access-Control-Max-Age") == "600")
      #expect(answer.redisRoundTrips == 0)
      #expect(answer.databaseRoundTrips == 0)
    }
  }

  @Test func withoutAListThereIsNoCrossOrigin() throws {
    let bazaar = try Bazaar.shared()
    let answer = bazaar.users.send(
      "OPTIONS", "/api/v1/users/me",
      headers: [(.origin, "https://shop.example"), (.requestedMethod, "PUT")])
    #expect(answer.header("Allow") != nil)
    #expect(answer.header("Vary") == nil)
    #expect(!answer.response.headers.contains { $0.name.hasPrefix("Access-Control") })
  }
}
