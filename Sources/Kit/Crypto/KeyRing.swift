package import Core
package import JSON
internal import Synchronization

/// The keys that sign access tokens, shared by all processes as files in one directory.
///
/// A key is not used for signing in its first minute, so that by then every process has read it.
/// After it is superseded it stays for as long as a token it signed may live.
package final class KeyRing: Sendable {
  package struct Key: Sendable {
    package let kid: String
    package let key: SigningKey
    let created: Timestamp
    let jwk: JSONValue
  }

  private static let overlap = Duration.seconds(60)
  private static let rereadAfter = Duration.seconds(30)
  private static let rereadForUnknownAfter = Duration.seconds(1)

  private let files: KeyFiles
  private let clock: Clock
  private let state: Mutex<State>

  private struct State {
    /// The oldest first, never empty.
    var keys: [Key]
    var readAt: Timestamp
    var failure: KeyRingError?

    func isOlder(than age: Duration, at now: Timestamp) -> Bool {
      now >= readAt + age || now < readAt  // a clock set back must not stop the reading
    }
  }

  /// Throws a `KeyRingError` when the directory or a key in it cannot be read, or there is none.
  package init(directory: String, clock: Clock) throws {
    files = KeyFiles(directory: directory)
    self.clock = clock
    let keys = try KeyRing.load(files, known: [])
    state = Mutex(State(keys: keys, readAt: clock.now))
  }

  /// The key that signs now.
  package var signingKey: Key {
    let now = clock.now
    return state.withLock { state in
      reread(&state, after: KeyRing.rereadAfter, at: now)
      let seen = state.keys.last { $0.created + KeyRing.overlap <= now }
      return seen ?? state.keys[state.keys.count - 1]
    }
  }

  /// Nil when no such key exists. An unknown name may be a new key, so the directory is read
  /// again, at most once a second.
  package func key(for kid: String) -> SigningKey? {
    let now = clock.now
    return state.withLock { state in
      reread(&state, after: KeyRing.rereadAfter, at: now)
      if let known = state.keys.last(where: { $0.kid == kid }) { return known.key }
      reread(&state, after: KeyRing.rereadForUnknownAfter, at: now)
      return state.keys.last { $0.kid == kid }?.key
    }
  }

  /// The public keys as a JWK set (RFC 7517).
  package func jwks() -> JSONValue {
    let now = clock.now
    return state.withLock { state in
      reread(&state, after: KeyRing.rereadAfter, at: now)
      return ["keys": .array(state.keys.map(\.jwk))]
    }
  }

  /// Why the last reading of the directory failed. The keys read before stay in use.
  package var lastFailure: KeyRingError? {
    let now = clock.now
    return state.withLock { state in
      // Whoever asks may use no key, and would never hear of a failure otherwise.
      reread(&state, after: KeyRing.rereadAfter, at: now)
      return state.failure
    }
  }

  /// Other threads wait meanwhile, which takes a fraction of a millisecond, so that none of
  /// them misses the key it asks for.
  private func reread(_ state: inout State, after age: Duration, at now: Timestamp) {
    guard state.isOlder(than: age, at: now) else { return }
    state.readAt = now
    do {
      state.keys = try KeyRing.load(files, known: state.keys)
      state.failure = nil
    } catch {
      state.failure = error
    }
  }

  /// A key never changes, so that only those not yet known are read.
  private static func load(_ files: KeyFiles, known: [Key]) throws(KeyRingError) -> [Key] {
    var keys: [Key] = []
    for kid in try files.kids() {
      if let key = known.first(where: { $0.kid == kid.text }) {
        keys.append(key)
      } else if let pem = try files.read(kid) {
        keys.append(try key(kid, pem, path: files.path(of: kid)))
      }
    }
    guard !keys.isEmpty else { throw KeyRingError(files.directory, "holds no key") }
    return keys
  }

  private static func key(_ id: KeyID, _ pem: [UInt8], path: String) throws(KeyRingError) -> Key {
    do {
      return try Key(id, SigningKey(pem: pem))
    } catch {
      throw KeyRingError(path, error.description)
    }
  }
}

extension KeyRing.Key {
  fileprivate init(_ id: KeyID, _ key: SigningKey) throws(CryptoError) {
    let point = try key.publicPoint()
    kid = id.text
    self.key = key
    created = id.created
    jwk = [
      "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": .string(id.text),
      "x": .string(Base64URL.encode(point.x)), "y": .string(Base64URL.encode(point.y)),
    ]
  }
}

// MARK: - Rotation

extension KeyRing {
  /// Adds a key and deletes those that were superseded longer ago than `keepingFor`, which must
  /// be longer than a token lives. Returns the new key's name. Throws `KeyRingError` or
  /// `CryptoError`.
  @discardableResult
  package static func rotate(
    directory: String, clock: Clock = .system, randomness: Randomness = .system,
    keepingFor: Duration = .minutes(30)
  ) throws -> String {
    let files = KeyFiles(directory: directory)
    let now = clock.now
    let kid = KeyID(created: now, randomness: randomness)
    try files.create(kid, SigningKey.generate().pem())
    let kids = try files.kids()
    for (key, successor) in zip(kids, kids.dropFirst()) where successor.created + keepingFor < now {
      try files.delete(key)
    }
    return kid.text
  }

  /// Makes the directory, and the first key in it, where they are missing. Returns the name of
  /// the key if it made one. Throws `KeyRingError` or `CryptoError`.
  @discardableResult
  package static func createIfEmpty(
    directory: String, clock: Clock = .system, randomness: Randomness = .system
  ) throws -> String? {
    let files = KeyFiles(directory: directory)
    try files.createDirectory()
    guard try files.kids().isEmpty else { return nil }
    return try rotate(directory: directory, clock: clock, randomness: randomness)
  }
}
