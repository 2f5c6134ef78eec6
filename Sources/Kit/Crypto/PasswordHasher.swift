internal import CArgon2
package import Core
internal import Glibc

/// Hashes passwords with Argon2id.
///
/// A hash takes some 20 MiB and tens of milliseconds on purpose, so only as many run at once as
/// there are cores. Who comes when too many wait is told so, rather than kept.
package final class PasswordHasher: Sendable {
  package static let cores = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))

  private let parameters: PasswordParameters
  private let randomness: Randomness
  private let turnstile: Turnstile

  package init(
    parameters: PasswordParameters = PasswordParameters(), turnstile: Turnstile,
    randomness: Randomness = .system
  ) {
    self.parameters = parameters
    self.randomness = randomness
    self.turnstile = turnstile
  }

  package convenience init(
    parameters: PasswordParameters = PasswordParameters(), slots: Int = PasswordHasher.cores,
    queue: Int = 32, longestWait: Duration = .seconds(5), randomness: Randomness = .system
  ) {
    let turnstile = Turnstile(slots: slots, queue: queue, longestWait: longestWait)
    self.init(parameters: parameters, turnstile: turnstile, randomness: randomness)
  }

  /// The form with parameters, salt and hash in one: `$argon2id$v=19$m=19456,t=2,p=1$…$…`.
  package func hash(_ password: String) throws(PasswordBusy) -> String {
    let salt = randomness.bytes(PasswordParameters.saltLength)
    let bytes = Array(password.utf8)
    return try turnstile.run { argon2(bytes, salt) }.get()
  }

  /// False when it is another password, and when `encoded` is no hash of ours, which takes as
  /// long.
  package func verify(
    _ password: String, against encoded: String
  ) throws(PasswordBusy) -> Bool {
    guard PasswordParameters(encoded: encoded) != nil else {
      try verifyNothing(password)
      return false
    }
    let bytes = Array(password.utf8)
    let result = try turnstile.run { unsafe argon2id_verify(encoded, bytes, bytes.count) }
    guard result != ARGON2_MEMORY_ALLOCATION_ERROR.rawValue else { throw .outOfMemory }
    return result == ARGON2_OK.rawValue
  }

  /// Takes as long as `verify`, so that nobody can tell by the time that there is no account.
  package func verifyNothing(_ password: String) throws(PasswordBusy) {
    _ = try hash(password)
  }

  /// True when `encoded` was made with other parameters than ours. After the next right
  /// password it should be replaced.
  package func needsRehash(_ encoded: String) -> Bool {
    PasswordParameters(encoded: encoded) != parameters
  }

  private func argon2(_ password: [UInt8], _ salt: [UInt8]) -> Result<String, PasswordBusy> {
    let (memory, iterations) = (parameters.memoryKiB, parameters.iterations)
    let hashLength = PasswordParameters.hashLength
    let length = argon2_encodedlen(
      iterations, memory, parameters.parallelism, UInt32(salt.count), UInt32(hashLength), Argon2_id)
    var encoded = [CChar](repeating: 0, count: length)
    let result = unsafe argon2id_hash_encoded(
      iterations, memory, parameters.parallelism, password, password.count, salt, salt.count,
      hashLength, &encoded, encoded.count)
    if result == ARGON2_MEMORY_ALLOCATION_ERROR.rawValue { return .failure(.outOfMemory) }
    // Anything else would be parameters that Argon2 does not allow: a mistake in the program.
    precondition(result == ARGON2_OK.rawValue, "Argon2 refused its parameters: \(result)")
    let text = encoded.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    return .success(String(decoding: text, as: UTF8.self))
  }
}
