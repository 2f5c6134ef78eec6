import Core
import Crypto
import Testing

@Suite struct DigestTests {
  @Test func matchesTheExamplesOfTheStandard() {
    #expect(
      Hex.encode(SHA256.hash(Array("abc".utf8)))
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(
      Hex.encode(SHA256.hash([]))
        == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    #expect(
      Hex.encode(SHA512.hash(Array("abc".utf8)))
        == "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
        + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f")
  }

  /// RFC 4231, cases 1, 2 and 6.
  @Test func codesAsTheStandardSays() {
    let cases: [(key: [UInt8], text: String, code: String)] = [
      (
        [UInt8](repeating: 0x0b, count: 20), "Hi There",
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
      ),
      (
        Array("Jefe".utf8), "what do ya want for nothing?",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
      ),
      (
        [UInt8](repeating: 0xaa, count: 131),
        "Test Using Larger Than Block-Size Key - Hash Key First",
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
      ),
    ]
    for (key, text, code) in cases {
      #expect(Hex.encode(HMACSHA256.code(Array(text.utf8), key: key)) == code)
    }
  }

  @Test func comparesBytes() {
    #expect(constantTimeEqual([1, 2, 3], [1, 2, 3]))
    #expect(constantTimeEqual([], []))
    #expect(!constantTimeEqual([1, 2, 3], [1, 2, 4]))
    #expect(!constantTimeEqual([0, 2, 3], [1, 2, 3]))
    #expect(!constantTimeEqual([1, 2], [1, 2, 3]))
  }
}

@Suite struct AESGCMTests {
  let key = SHA256.hash(Array("a key".utf8))

  /// Test case 14 of the specification of GCM.
  @Test func sealsAsTheSpecificationSays() {
    let zeros = [UInt8](repeating: 0, count: 32)
    let sealed = AESGCM.seal(Array(zeros.prefix(16)), key: zeros, randomness: Randomness { 0 })
    let expected = "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"
    #expect(Hex.encode(sealed) == Hex.encode(zeros.prefix(12)) + expected)
  }

  @Test(arguments: [0, 1, 16, 1000])
  func opensWhatItSealed(_ count: Int) {
    let plain = Randomness.system.bytes(count)
    let sealed = AESGCM.seal(plain, key: key)
    #expect(sealed.count == count + 28)
    #expect(AESGCM.open(sealed, key: key) == plain)
    #expect(AESGCM.seal(plain, key: key) != sealed)
  }

  @Test func refusesEveryChange() {
    let sealed = AESGCM.seal(Array("secret".utf8), key: key)
    for position in sealed.indices {
      var changed = sealed
      changed[position] ^= 1
      #expect(AESGCM.open(changed, key: key) == nil)
    }
    #expect(AESGCM.open(Array(sealed.dropLast()), key: key) == nil)
    #expect(AESGCM.open([], key: key) == nil)
    #expect(AESGCM.open(sealed, key: SHA256.hash(key)) == nil)
    #expect(AESGCM.open(sealed, key: [1]) == nil)
  }
}

@Suite struct SigningKeyTests {
  /// The key and the signature of RFC 7515, appendix A.3.
  static let examplePEM = """
    -----BEGIN PRIVATE KEY-----
    MEECAQAwEwYHKoZIzj0CAQYIKoZIzj0DAQcEJzAlAgEBBCCOmxCecZCYv5gEh98f
    XXfpyylgbr7SJjtfV8IT34T0sg==
    -----END PRIVATE KEY-----

    """
  static let message = Array(
    ("eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
      + "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ").utf8)
  static let signature =
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"

  @Test func verifiesTheExampleOfTheStandard() throws {
    let key = try SigningKey(pem: Array(Self.examplePEM.utf8))
    let point = try key.publicPoint()
    #expect(Base64URL.encode(point.x) == "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU")
    #expect(Base64URL.encode(point.y) == "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")
    let signature = try #require(Base64URL.decode(Self.signature))
    #expect(key.isValid(signature, of: Self.message))
  }

  @Test func signsInSixtyFourBytesWhateverTheNumbers() throws {
    let key = try SigningKey.generate()
    // One in 128 signatures has a number with a leading zero, which DER leaves out.
    for round in 0..<500 {
      let message = Array("message \(round)".utf8)
      let signature = try key.signature(of: message)
      #expect(signature.count == 64)
      #expect(key.isValid(signature, of: message))
    }
  }

  @Test func refusesEverythingElse() throws {
    let key = try SigningKey.generate()
    let message = Array("message".utf8)
    let signature = try key.signature(of: message)
    #expect(!key.isValid(signature, of: message + [0]))
    #expect(!(try SigningKey.generate().isValid(signature, of: message)))
    #expect(!key.isValid([UInt8](repeating: 0, count: 64), of: message))
    #expect(!key.isValid([UInt8](repeating: 0xff, count: 64), of: message))
    #expect(!key.isValid(Array(signature.dropLast()), of: message))
    #expect(!key.isValid(signature + [0], of: message))
    #expect(!key.isValid([], of: message))
    for position in signature.indices {
      var changed = signature
      changed[position] ^= 0x80
      #expect(!key.isValid(changed, of: message))
    }
  }

  @Test func readsWhatItWrote() throws {
    let key = try SigningKey.generate()
    let copy = try SigningKey(pem: key.pem())
    let message = Array("message".utf8)
    #expect(key.isValid(try copy.signature(of: message), of: message))
    #expect(try copy.publicPoint() == key.publicPoint())
  }

  static let refusedPEMs = [
    "", "no key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
    // On the curve P-384.
    """
    -----BEGIN PRIVATE KEY-----
    MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDBTfKldgt0ynngm01Li
    /MubTWnfR0Rs90Dx9fDAG3VeMtWatjxAKG6TlDisSIKXDWehZANiAAR5oZCGyFlX
    bmsMQ1EvN8bGygviaWmWW6tNEtg1rVUAu+3X/iSIIU5AEczwra9H0zgeIkN1kcJ4
    5nSPI6/FSnzbI/+iboIFL7WCINhU8BRB3JejNNfo2I1I7ChDlNt8rY8=
    -----END PRIVATE KEY-----
    """,
    // Encrypted: must not ask for the passphrase.
    """
    -----BEGIN ENCRYPTED PRIVATE KEY-----
    MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgga0/X+/44QQICCAAw
    DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEAcbrpHGGNNojPBaIAdBdzIEgZBj
    uIvdx3jMyunIsyc1Z7kXrGkecqLU22IyfjhYEVugj+15kaUCd/l3tb0jfipE9qc2
    gToJkbC3Go+5m+LeibOjnJyleN7bHBfLI4KDLsVbCHaLaF/x3RXkqfEks7UQe3V/
    P+5J+A/2nMB93BbjgCgHF+CCzLP7XTPFkKZUEnv3sa4gavaGzh4gxzl8Tpc9+zY=
    -----END ENCRYPTED PRIVATE KEY-----
    """,
  ]

  @Test(arguments: refusedPEMs)
  func refusesOtherKeysWithTheReason(_ pem: String) throws {
    let error = try #require(throws: CryptoError.self) { try SigningKey(pem: Array(pem.utf8)) }
    #expect(!error.reasons.isEmpty || error.operation.contains("P-256"))
  }
}
