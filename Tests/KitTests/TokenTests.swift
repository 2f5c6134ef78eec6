import Core
import Crypto
import JSON
import Testing

@Suite struct TokenTests {
  let time = CryptoFixture.ManualClock()
  let directory: CryptoFixture.Directory
  let keys: KeyRing
  let verifier: TokenVerifier

  init() throws {
    directory = try CryptoFixture.Directory()
    try KeyRing.rotate(directory: directory.path, clock: time.clock)
    keys = try KeyRing(directory: directory.path, clock: time.clock)
    verifier = TokenVerifier(keys: keys, issuer: "souk", audience: "api", clock: time.clock)
  }

  private var claims: AccessClaims {
    AccessClaims(
      issuer: "souk", audience: "api", subject: "usr_1", session: "ses_1",
      roles: ["customer", "seller"], issuedAt: time.now, expiresAt: time.now + .minutes(15))
  }

  /// A token with a good signature over whatever it says.
  private func forge(
    header: [String: JSONValue?] = [:], payload: [String: JSONValue?] = [:]
  ) throws -> String {
    var head: JSONObject = [
      "alg": "ES256", "typ": "at+jwt", "kid": .string(keys.signingKey.kid),
    ]
    for (key, value) in header { head[key] = value }
    let now = time.now
    var body: JSONObject = [
      "iss": "souk", "aud": "api", "sub": "usr_1", "sid": "ses_1", "roles": ["customer"],
      "iat": .integer(now.seconds), "iat_ms": .integer(now.milliseconds),
      "exp": .integer(now.seconds + 60),
    ]
    for (key, value) in payload { body[key] = value }
    return try sign(JSONOutput.encode(head), JSONOutput.encode(body))
  }

  private func sign(_ header: [UInt8], _ payload: [UInt8]) throws -> String {
    let message = "\(Base64URL.encode(header)).\(Base64URL.encode(payload))"
    let signature = try keys.signingKey.key.signature(of: Array(message.utf8))
    return "\(message).\(Base64URL.encode(signature))"
  }

  private func expect(_ expected: TokenError, _ token: String, _ comment: Comment? = nil) {
    #expect(throws: expected, comment) { try verifier.verify(token) }
  }

  @Test func verifiesWhatItSigned() throws {
    let token = try JWT.sign(claims, with: keys)
    #expect(try verifier.verify(token) == claims)
    #expect(try verifier.verify(token) == claims)
    let parts = token.split(separator: ".")
    let header = try JSONValue.parse(try #require(Base64URL.decode(String(parts[0]))))
    #expect(header == ["alg": "ES256", "kid": .string(keys.signingKey.kid), "typ": "at+jwt"])
    let payload = try JSONValue.parse(try #require(Base64URL.decode(String(parts[1]))))
    #expect(payload["iat"].integer == time.now.seconds)
    #expect(payload["iat_ms"].integer == time.now.milliseconds)
  }

  @Test func acceptsTheForgerysBasis() throws {
    #expect(try verifier.verify(forge()).subject == "usr_1")
    #expect(try verifier.verify(forge(payload: ["extra": ["x": 1]])).roles == ["customer"])
  }

  @Test func refusesWhatIsNoToken() throws {
    let token = try forge()
    let parts = token.split(separator: ".").map(String.init)
    for malformed in [
      "", ".", "..", "...", "a.b", token + ".", "." + token, token + ".x", "\(token)=",
      " \(token)", "\(parts[0])=.\(parts[1]).\(parts[2])", "\(parts[0]).\(parts[1])+.\(parts[2])",
      "é.\(parts[1]).\(parts[2])", String(repeating: "a", count: 4097),
    ] {
      expect(.malformed, malformed, "\(malformed.prefix(40))")
    }
    expect(.malformed, try sign(Array("{".utf8), []))
    expect(.malformed, try sign(Array("{\"alg\":\"ES256\",\"alg\":\"ES256\"}".utf8), []))
    expect(.malformed, try forge(payload: ["pad": .string(String(repeating: "x", count: 4096))]))
  }

  @Test func believesNothingInTheHeader() throws {
    for algorithm: JSONValue? in ["none", "None", "HS256", "ES384", "RS256", "es256", 1, nil] {
      expect(.unsupported, try forge(header: ["alg": algorithm]))
    }
    for type: JSONValue? in ["JWT", "at+JWT", "application/at+jwt", nil] {
      expect(.unsupported, try forge(header: ["typ": type]))
    }
    expect(.unsupported, try forge(header: ["crit": ["exp"]]))
    expect(.unsupported, try forge(header: ["crit": .null]))
    for kid: JSONValue? in ["20260101T000000Z-0000", "../../etc/passwd", "", 7, nil] {
      expect(.unknownKey, try forge(header: ["kid": kid]))
    }
  }

  @Test func refusesOtherSignatures() throws {
    let token = try forge()
    let parts = token.split(separator: ".").map(String.init)
    let other = try forge(payload: ["sub": "usr_2"]).split(separator: ".").map(String.init)
    expect(.badSignature, "\(parts[0]).\(other[1]).\(parts[2])")
    expect(.badSignature, "\(parts[0]).\(parts[1]).")
    expect(.badSignature, "\(parts[0]).\(parts[1]).AAAA")
    let message = Array("\(parts[0]).\(parts[1])".utf8)
    let stranger = try SigningKey.generate().signature(of: message)
    expect(.badSignature, "\(parts[0]).\(parts[1]).\(Base64URL.encode(stranger))")
    let code = HMACSHA256.code(message, key: Array(keys.jwks().bytes))
    expect(.badSignature, "\(parts[0]).\(parts[1]).\(Base64URL.encode(code))")
  }

  @Test func looksAtTheSignatureBeforeTheClaims() throws {
    let header = try forge().split(separator: ".")[0]
    let payload = Base64URL.encode(Array("not json".utf8))
    let nothing = Base64URL.encode([UInt8](repeating: 1, count: 64))
    expect(.badSignature, "\(header).\(payload).\(nothing)")
  }

  @Test func checksTheClaims() throws {
    expect(.wrongIssuer, try forge(payload: ["iss": "bazaar"]))
    expect(.wrongAudience, try forge(payload: ["aud": "admin"]))
    for key in ["iss", "aud", "sub", "sid", "roles", "exp", "iat_ms"] {
      expect(.malformed, try forge(payload: [key: JSONValue?.none]), "without \(key)")
      expect(.malformed, try forge(payload: [key: false]), "\(key) of a wrong type")
    }
    expect(.malformed, try forge(payload: ["aud": ["api"]]))
    expect(.malformed, try forge(payload: ["roles": ["customer", 1]]))
    for time: JSONValue in [.integer(.max), .integer(.min), -1, .decimal("1e400"), "9"] {
      expect(.malformed, try forge(payload: ["exp": time]))
      expect(.malformed, try forge(payload: ["iat_ms": time]))
      expect(.malformed, try forge(payload: ["nbf": time]))
    }
    expect(.malformed, try forge(payload: ["nbf": .null]))
  }

  @Test func checksTheTimes() throws {
    let now = time.now
    let notYet = now.seconds + 31
    expect(.expired, try forge(payload: ["exp": .integer(now.seconds)]))
    expect(.notYetValid, try forge(payload: ["nbf": .integer(notYet)]))
    expect(.notYetValid, try forge(payload: ["iat_ms": .integer(notYet * 1000)]))
    _ = try verifier.verify(
      forge(payload: [
        "nbf": .integer(notYet - 1), "iat_ms": .integer((notYet - 1) * 1000),
        "exp": .integer(now.seconds + 1),
      ]))
  }

  @Test func forgetsARememberedTokenWhenItsTimeIsOver() throws {
    let token = try JWT.sign(claims, with: keys)
    _ = try verifier.verify(token)
    time.advance(.seconds(15 * 60 - 1))
    _ = try verifier.verify(token)
    time.advance(.seconds(1))
    expect(.expired, token)
    expect(.expired, token)
  }

  @Test func forgetsARememberedTokenWithItsKey() throws {
    let token = try JWT.sign(claims, with: keys)
    _ = try verifier.verify(token)
    let first = keys.signingKey.kid
    try KeyRing.rotate(directory: directory.path, clock: time.clock)
    try directory.remove("\(first).pem")
    time.advance(.seconds(31))
    expect(.unknownKey, token)
  }

  @Test func remembersABoundedNumberOfTokens() throws {
    let verifier = TokenVerifier(
      keys: keys, issuer: "souk", audience: "api", clock: time.clock, mostRemembered: 2)
    let tokens = try (0..<5).map { try forge(payload: ["sub": "usr_\($0)"]) }
    for round in 0..<2 {
      for (number, token) in tokens.enumerated() {
        #expect(try verifier.verify(token).subject == "usr_\(number)", "round \(round)")
        #expect((1...2).contains(verifier.rememberedCount))
      }
    }
  }

  @Test func acceptsTokensOfTheKeyBeforeAndAfterARotation() throws {
    let before = try JWT.sign(claims, with: keys)
    time.advance(.seconds(1))  // keys of the same second have no order
    try KeyRing.rotate(directory: directory.path, clock: time.clock)
    time.advance(.seconds(61))
    let after = try JWT.sign(claims, with: keys)
    #expect(before.split(separator: ".")[0] != after.split(separator: ".")[0])
    _ = try verifier.verify(before)
    _ = try verifier.verify(after)
  }
}
