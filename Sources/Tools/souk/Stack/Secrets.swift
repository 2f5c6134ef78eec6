import Core
import Crypto
import Processes

/// Keys and secrets of a stack, made once.
enum Secrets {
  /// Throws when they cannot be written.
  static func prepare(_ home: Home) throws {
    try KeyRing.createIfEmpty(directory: home.keys)
    try Files.makeDirectory(home.secrets, mode: 0o700)
    for file in [home.secret, home.sandboxSecret] where !Files.exists(file) {
      try Files.write(Array(text(bytes: 32).utf8), to: file, mode: 0o600)
    }
  }

  static func text(bytes: Int) -> String { Base64URL.encode(Randomness.system.bytes(bytes)) }
}
