internal import Core
internal import Crypto

/// A login by SCRAM-SHA-256 (RFC 5802, RFC 7677): both sides prove that they know the password,
/// and neither says it.
struct SCRAM {
  let mechanism: String
  private let password: [UInt8]
  /// How the login is bound to the connection: the header, and the hash where there is one.
  private let bindingHeader: String
  private let binding: [UInt8]
  private let clientNonce: String
  private let clientStart: String
  private var serverSignature: [UInt8] = []

  static let plain = "SCRAM-SHA-256"
  static let bound = "SCRAM-SHA-256-PLUS"
  /// A server that asks for more wants to keep us busy.
  private static let roundsMax = 10_000_000

  /// `password` is taken as it is: names and passwords beyond ASCII must be in composed form, as
  /// keyboards give them. `binding` is nil without TLS.
  init(
    password: String, offered: [String], binding: [UInt8]?, nonce: String
  ) throws(PostgresError) {
    self.password = Array(password.utf8)
    if let binding, offered.contains(Self.bound) {
      (mechanism, bindingHeader, self.binding) = (Self.bound, "p=tls-server-end-point,,", binding)
    } else if offered.contains(Self.plain) {
      // "y" says that we could bind: a server that can, too, then knows that somebody lied.
      (mechanism, bindingHeader, self.binding) = (Self.plain, binding == nil ? "n,," : "y,,", [])
    } else {
      throw Self.failure("the server offers only \(offered.joined(separator: ", "))")
    }
    clientStart = "n=,r=\(nonce)"
    clientNonce = nonce
  }

  var firstMessage: [UInt8] { Array("\(bindingHeader)\(clientStart)".utf8) }

  mutating func answer(to serverStart: String) throws(PostgresError) -> [UInt8] {
    let fields = Self.fields(serverStart)
    guard let nonce = fields["r"], nonce.hasPrefix(clientNonce), nonce != clientNonce,
      let salt = fields["s"].flatMap({ Base64.decode($0) }),
      let rounds = fields["i"].flatMap({ Int($0) }), (1...Self.roundsMax).contains(rounds)
    else { throw Self.failure("the server's challenge cannot be read") }
    let salted = PBKDF2SHA256.key(password, salt: salt, rounds: rounds)
    let clientKey = HMACSHA256.code(Array("Client Key".utf8), key: salted)
    let serverKey = HMACSHA256.code(Array("Server Key".utf8), key: salted)
    let end = "c=\(Base64.encode(Array(bindingHeader.utf8) + binding)),r=\(nonce)"
    let all = Array("\(clientStart),\(serverStart),\(end)".utf8)
    serverSignature = HMACSHA256.code(all, key: serverKey)
    let signature = HMACSHA256.code(all, key: SHA256.hash(clientKey))
    let proof = zip(clientKey, signature).map { $0 ^ $1 }
    return Array("\(end),p=\(Base64.encode(proof))".utf8)
  }

  /// Throws unless the server knows the password, too.
  func check(_ serverEnd: String) throws(PostgresError) {
    if let reason = Self.fields(serverEnd)["e"] { throw Self.failure("the server says: \(reason)") }
    guard !serverSignature.isEmpty,
      let signature = Self.fields(serverEnd)["v"].flatMap({ Base64.decode($0) }),
      constantTimeEqual(signature, serverSignature)
    else { throw Self.failure("the server does not know the password: it may be another's") }
  }

  private static func fields(_ message: String) -> [Substring: Substring] {
    let pairs = message.split(separator: ",").compactMap { field -> (Substring, Substring)? in
      guard field.dropFirst().first == "=" else { return nil }
      return (field.prefix(1), field.dropFirst(2))
    }
    return Dictionary(pairs) { first, _ in first }
  }

  private static func failure(_ reason: String) -> PostgresError {
    PostgresError(.connectFailed, "SCRAM: \(reason)")
  }
}
