internal import Core
internal import Crypto

enum Signatures {
  /// How far the clock of whoever signs may be from ours, and how old a call may be.
  static let tolerance = Duration.seconds(300)

  static func hmac(_ text: String, _ secret: String) -> String {
    Hex.encode(HMACSHA256.code(Array(text.utf8), key: Array(secret.utf8)))
  }

  /// Whether one of the secrets made it. All are tried: how long it takes tells nothing.
  static func matches(_ given: String, _ secrets: [String], _ make: (String) -> String) -> Bool {
    var isGood = false
    for secret in secrets where constantTimeEqual(Array(make(secret).utf8), Array(given.utf8)) {
      isGood = true
    }
    return isGood && !secrets.isEmpty
  }

  /// `t=1700000000,v1=5257…`: a time, and the code of time and body. There may be several codes
  /// while a secret is being changed.
  static func verifyTimed(
    _ call: ProviderCall, _ secrets: [String], at now: Timestamp
  ) throws(CallFault) {
    var time: Int64?
    var codes: [String] = []
    for part in (call.signature ?? "").split(separator: ",") {
      let pair = part.split(separator: "=", maxSplits: 1).map(String.init)
      guard pair.count == 2 else { throw .forged }
      if pair[0] == "t" { time = Int64(pair[1]) }
      if pair[0] == "v1", codes.count < 8 { codes.append(pair[1]) }
    }
    guard let time, (0...9_999_999_999).contains(time), !codes.isEmpty else { throw .forged }
    let signed = Array("\(time).".utf8) + call.body
    var isGood = false
    for code in codes {
      let matches = matches(code, secrets) { secret in
        Hex.encode(HMACSHA256.code(signed, key: Array(secret.utf8)))
      }
      isGood = isGood || matches
    }
    guard isGood else { throw .forged }
    let age = now - Timestamp(seconds: time)
    guard age <= tolerance, age >= .zero - tolerance else { throw .stale }
  }

  static func timed(_ body: [UInt8], _ secret: String, at now: Timestamp) -> String {
    let signed = Array("\(now.seconds).".utf8) + body
    let code = Hex.encode(HMACSHA256.code(signed, key: Array(secret.utf8)))
    return "t=\(now.seconds),v1=\(code)"
  }
}
