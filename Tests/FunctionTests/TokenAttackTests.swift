import Core
import Crypto
import HTTP
import JSON
import KitTesting
import Testing

/// Whatever is wrong with a token, the answer is 401 and nothing else.
@Suite struct TokenAttackTests {
  @Test func aGoodTokenIsTaken() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    #expect(bazaar.profile(ana.access).status == 200)
    // The scheme's name may be written in any case.
    #expect(bearer(bazaar, "bEARER \(ana.access)").status == 200)
  }

  @Test func expiredOnesAreRefusedToTheMillisecond() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    bazaar.stack.clock.advance(by: .minutes(14) + .seconds(58))
    #expect(bazaar.profile(ana.access).status == 200)
    bazaar.stack.clock.advance(by: .seconds(2))
    expectRefusal(bazaar.profile(ana.access), "token_expired")
  }

  @Test func wrongClaimsAreRefused() throws {
    let bazaar = try Bazaar()
    let stack = bazaar.stack
    let tokens = [
      "issuer": try stack.token { $0.issuer = "shop" },
      "audience": try stack.token { $0.audience = "souk-admin" },
      "subject of another kind": try stack.token { $0.subject = $0.session },
      "no subject": try stack.token { $0.subject = "" },
      "session of another kind": try stack.token { $0.session = $0.subject },
      "from the future": try stack.token { $0.issuedAt = $0.issuedAt + .minutes(5) },
    ]
    for (name, token) in tokens { expectRefusal(bazaar.profile(token), "invalid_token", name) }
  }

  @Test func algorithmsAreNotForTheCallerToChoose() throws {
    let bazaar = try Bazaar()
    let parts = try Parts(try bazaar.register().access)
    let keys = bazaar.auth.send("GET", "/.well-known/jwks.json").json["keys"]
    let key = try #require(keys[0])
    let point =
      (Base64URL.decode(key["x"]?.string ?? "") ?? [])
      + (Base64URL.decode(key["y"]?.string ?? "") ?? [])
    #expect(point.count == 64)
    for algorithm in ["none", "None", "NONE", "HS256", "ES384", "RS256", "es256", ""] {
      let header: JSONValue = [
        "alg": .string(algorithm), "kid": parts.kid, "typ": "at+jwt",
      ]
      let message = parts.message(header)
      // The public key taken for a shared secret, in the forms an attacker would try.
      let signatures = [
        [], parts.signature, HMACSHA256.code(Array(message.utf8), key: point),
        HMACSHA256.code(Array(message.utf8), key: [4] + point),
        HMACSHA256.code(Array(message.utf8), key: key.bytes),
        [UInt8](repeating: 0, count: 64),
      ]
      for signature in signatures {
        let token = "\(message).\(Base64URL.encode(signature))"
        expectRefusal(bazaar.profile(token), "invalid_token", algorithm)
      }
    }
  }

  @Test func headersAreChecked() throws {
    let bazaar = try Bazaar()
    let parts = try Parts(try bazaar.register().access)
    let headers: [JSONValue] = [
      ["alg": "ES256", "typ": "at+jwt"], ["alg": "ES256", "kid": 7, "typ": "at+jwt"],
      ["alg": "ES256", "kid": "20200101T000000Z-0000", "typ": "at+jwt"],
      ["alg": "ES256", "kid": "../../../../etc/passwd", "typ": "at+jwt"],
      ["alg": "ES256", "kid": "' OR 1=1 --", "typ": "at+jwt"],
      ["alg": "ES256", "kid": parts.kid, "typ": "JWT"], ["alg": "ES256", "kid": parts.kid],
      ["alg": "ES256", "kid": parts.kid, "typ": "at+jwt", "crit": ["exp"]],
      ["alg": "ES256", "kid": parts.kid, "typ": "at+jwt", "jwk": ["kty": "EC"]], [], "ES256", nil,
    ]
    for header in headers {
      let token = "\(parts.message(header)).\(Base64URL.encode(parts.signature))"
      expectRefusal(bazaar.profile(token), "invalid_token", header.description)
    }
  }

  /// The signature of one key under the name of another, and by a key that is nobody's.
  @Test func keysCannotBeSwapped() throws {
    let bazaar = try Bazaar()
    let stack = bazaar.stack
    let parts = try Parts(try bazaar.register().access)
    stack.clock.advance(by: .seconds(90))
    let second = try KeyRing.rotate(directory: stack.keyFolder, clock: stack.clock.clock)
    let ring = try KeyRing(directory: stack.keyFolder, clock: stack.clock.clock)
    let renamed: JSONValue = ["alg": "ES256", "kid": .string(second), "typ": "at+jwt"]
    let own = try #require(ring.key(for: second))
    func token(_ header: JSONValue, _ key: SigningKey) throws -> String {
      let message = parts.message(header)
      return "\(message).\(Base64URL.encode(try key.signature(of: Array(message.utf8))))"
    }
    // The control: rightly named, either key is taken.
    #expect(bazaar.profile(try token(renamed, own)).status == 200)
    let first = try #require(ring.key(for: parts.kid.string ?? ""))
    expectRefusal(bazaar.profile(try token(renamed, first)), "invalid_token")
    expectRefusal(bazaar.profile(try token(parts.header, own)), "invalid_token")
    expectRefusal(bazaar.profile(try token(renamed, SigningKey.generate())), "invalid_token")
  }

  @Test func nothingInATokenCanBeChanged() throws {
    let bazaar = try Bazaar()
    let parts = try Parts(try bazaar.register().access)
    var claims = try #require(parts.claims.object)
    claims["roles"] = ["customer", "admin"]
    let raised = "\(parts.encoded(parts.header)).\(parts.encoded(.object(claims)))"
    expectRefusal(
      bazaar.profile("\(raised).\(Base64URL.encode(parts.signature))"), "invalid_token")
    for index in stride(from: 0, to: parts.signature.count, by: 9) {
      var signature = parts.signature
      signature[index] ^= 1
      expectRefusal(
        bazaar.profile("\(parts.message(parts.header)).\(Base64URL.encode(signature))"),
        "invalid_token")
    }
  }

  @Test func piecesAndGarbageAreRefused() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    let token = ana.access
    var attempts = [
      ana.refresh, "x", ".", "..", "...", "a.b.c", " ", " \(token)", "\(token) ", "\(token).",
      "\(token).x", "null", "{}", "💥.💥.💥", "\u{0}", token + "=", token.uppercased(),
      String(repeating: "a", count: 10 * 1024), String(repeating: ".", count: 10 * 1024),
      token + String(repeating: "A", count: 10 * 1024),
    ]
    for length in stride(from: 1, to: token.utf8.count, by: 23) {
      attempts.append(String(token.prefix(length)))
    }
    for attempt in attempts {
      expectRefusal(bazaar.profile(attempt), "invalid_token", String(attempt.prefix(80)))
    }
  }

  @Test func otherSchemesAreRefused() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    expectRefusal(bazaar.users.send("GET", "/api/v1/users/me"), "missing_token")
    expectRefusal(bearer(bazaar, ""), "missing_token")
    for header in ["Bearer", "Bearer ", "Basic YW5hOnB3", "Token \(ana.access)", ana.access, "Bea"]
    {
      expectRefusal(bearer(bazaar, header), "unsupported_scheme", header)
    }
  }

  private func bearer(_ bazaar: Bazaar, _ header: String) -> TestAnswer {
    bazaar.users.send("GET", "/api/v1/users/me", headers: [(.authorization, header)])
  }

  private func expectRefusal(
    _ answer: TestAnswer, _ code: String, _ comment: String = "",
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(
      answer.isProblem(401, code), "\(comment) \(answer)", sourceLocation: sourceLocation)
    #expect(
      answer.header("WWW-Authenticate")?.hasPrefix("Bearer realm=\"souk\"") == true,
      sourceLocation: sourceLocation)
    #expect(answer.databaseRoundTrips <= 2, sourceLocation: sourceLocation)
  }
}

/// A token taken apart.
private struct Parts {
  let header: JSONValue
  let claims: JSONValue
  let signature: [UInt8]

  init(_ token: String) throws {
    let parts = token.split(separator: ".").map { Base64URL.decode(String($0)) ?? [] }
    try #require(parts.count == 3)
    header = try JSONValue.parse(parts[0])
    claims = try JSONValue.parse(parts[1])
    signature = parts[2]
  }

  var kid: JSONValue { header["kid"] ?? .null }

  func encoded(_ value: JSONValue) -> String { Base64URL.encode(value.bytes) }

  /// What is signed, with another header.
  func message(_ header: JSONValue) -> String { "\(encoded(header)).\(encoded(claims))" }
}
