import Core
import Crypto
import JSON
import Testing

@Suite struct KeyRingTests {
  let time = CryptoFixture.ManualClock()
  let directory: CryptoFixture.Directory

  init() throws { directory = try CryptoFixture.Directory() }

  private func rotate(keepingFor: Duration = .minutes(30)) throws -> String {
    try KeyRing.rotate(directory: directory.path, clock: time.clock, keepingFor: keepingFor)
  }

  private func ring() throws -> KeyRing {
    try KeyRing(directory: directory.path, clock: time.clock)
  }

  @Test func namesKeysByTimeAndKeepsThemToItself() throws {
    let kid = try rotate()
    #expect(kid.hasPrefix("20270115T080000Z-"))
    #expect(kid.count == 21)
    #expect(try directory.names() == ["\(kid).pem"])
    #expect(try directory.mode(of: "\(kid).pem") == 0o600)
  }

  @Test func makesTheFirstKeyOnce() throws {
    let path = "\(directory.path)/deeper"
    let kid = try KeyRing.createIfEmpty(directory: path, clock: time.clock)
    #expect(try KeyRing.createIfEmpty(directory: path, clock: time.clock) == nil)
    #expect(try KeyRing(directory: path, clock: time.clock).signingKey.kid == kid)
  }

  @Test func neverReplacesAKey() throws {
    let same = Randomness { 7 }
    _ = try KeyRing.rotate(directory: directory.path, clock: time.clock, randomness: same)
    #expect(throws: KeyRingError.self) {
      try KeyRing.rotate(directory: directory.path, clock: time.clock, randomness: same)
    }
    #expect(try directory.names().count == 1)
  }

  @Test func signsWithAKeyOnlyOnceEveryProcessHasSeenIt() throws {
    let first = try rotate()
    let ring = try ring()
    #expect(ring.signingKey.kid == first)

    time.advance(.seconds(3600))
    let second = try rotate()
    time.advance(.seconds(59))
    #expect(ring.signingKey.kid == first)
    #expect(ring.key(for: second) != nil)
    time.advance(.seconds(1))
    #expect(ring.signingKey.kid == second)
    #expect(ring.key(for: first) != nil)
  }

  @Test func signsWithTheNewestWhileAllAreYoung() throws {
    _ = try rotate()
    time.advance(.seconds(1))
    let second = try rotate()
    #expect(try ring().signingKey.kid == second)
  }

  @Test func looksForAnUnknownKeyAtMostOnceASecond() throws {
    _ = try rotate()
    let ring = try ring()
    time.advance(.seconds(1))
    #expect(ring.key(for: "nobody") == nil)

    let added = try rotate()
    time.advance(.milliseconds(999))
    #expect(ring.key(for: added) == nil)
    time.advance(.milliseconds(1))
    #expect(ring.key(for: added) != nil)
  }

  @Test func noticesAfterHalfAMinuteThatAKeyIsGone() throws {
    let first = try rotate()
    _ = try rotate()
    let ring = try ring()
    try directory.remove("\(first).pem")
    time.advance(.seconds(29))
    #expect(ring.key(for: first) != nil)
    time.advance(.seconds(1))
    #expect(ring.key(for: first) == nil)
    #expect(ring.jwks()["keys"].array?.count == 1)
  }

  @Test func readsAgainAfterTheClockWasSetBack() throws {
    _ = try rotate()
    let ring = try ring()
    time.advance(.seconds(-86_400))
    let added = try rotate()
    #expect(ring.key(for: added) != nil)
  }

  @Test func deletesKeysOnlyWhenTheirTokensAreDead() throws {
    let first = try rotate()
    time.advance(.minutes(10))
    let second = try rotate()
    time.advance(.minutes(30))
    let third = try rotate()
    #expect(try directory.names() == [first, second, third].map { "\($0).pem" })
    time.advance(.seconds(1))
    let fourth = try rotate()
    #expect(try directory.names() == [second, third, fourth].map { "\($0).pem" })
  }

  @Test func publishesThePublicPartOnly() throws {
    let kid = try rotate()
    let ring = try ring()
    let keys = try #require(ring.jwks()["keys"].array)
    let point = try ring.signingKey.key.publicPoint()
    let expected: JSONValue = [
      "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": .string(kid),
      "x": .string(Base64URL.encode(point.x)), "y": .string(Base64URL.encode(point.y)),
    ]
    #expect(keys == [expected])
  }

  @Test func saysWhichFileIsAtFault() throws {
    #expect(throws: KeyRingError.self) { try ring() }
    #expect(throws: KeyRingError.self) {
      try KeyRing(directory: "\(directory.path)/missing", clock: time.clock)
    }
    try directory.write("no key", to: "20260101T000000Z-0000.pem")
    let error = try #require(throws: KeyRingError.self) { try ring() }
    #expect(error.path.hasSuffix("/20260101T000000Z-0000.pem"))
  }

  @Test func keepsItsKeysWhenTheDirectoryIsBroken() throws {
    let kid = try rotate()
    let ring = try ring()
    try directory.write("no key", to: "20260101T000000Z-0000.pem")
    time.advance(.seconds(31))
    #expect(ring.signingKey.kid == kid)
    #expect(ring.lastFailure != nil)
    try directory.remove("20260101T000000Z-0000.pem")
    time.advance(.seconds(31))
    #expect(ring.signingKey.kid == kid)
    #expect(ring.lastFailure == nil)
  }

  @Test(arguments: [
    ".hidden.pem", "note.txt", "key.pem", "20260101T000000Z-000.pem", "20260101T000000Z-00gg.pem",
    "20261301T000000Z-0000.pem", "20260101T240000Z-0000.pem", "20260101t000000Z-0000.pem",
    "2026é101T00000Z-0000.pem", "20260101T0000+1Z-0000.pem",
  ])
  func passesOverFilesThatAreNoKeys(_ name: String) throws {
    let kid = try rotate()
    try directory.write("no key", to: name)
    #expect(try ring().signingKey.kid == kid)
  }
}
