internal import Core
internal import Crypto
internal import HTTP

/// Reads the `Idempotency-Key`. What it promises is kept by `Call.write`.
struct IdempotencyKeys: Middleware {
  func handle(_ call: Call, _ next: (Call) throws -> Response) throws -> Response {
    guard call.route.idempotency != .none else { return try next(call) }
    guard let key = call.request[.idempotencyKey] else {
      guard call.route.idempotency == .honoured else {
        throw Problem(
          428, "idempotency_key_required", "Send an Idempotency-Key, a new one for each intent.")
      }
      return try next(call)
    }
    guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ (32...126).contains($0) })
    else {
      throw Problem(
        400, "invalid_idempotency_key", "Idempotency-Key takes 1 to 255 printable characters.")
    }
    let text = Array("\(call.request.method) \(call.request.target)\n\(Self.guestPlace(call))".utf8)
    // Keyed, for there may be a password in it: a plain hash could be used to guess that.
    let fingerprint = HMACSHA256.code(
      text + (try call.readBody()), key: call.shared.key("idempotency fingerprint"))
    call.idempotency = IdempotencyClaim(
      caller: call.caller?.user ?? Self.guest(call), key: key, fingerprint: fingerprint,
      seal: call.shared.key("idempotent answers"), now: call.now)
    return try next(call)
  }

  /// A guest with a cart is told apart from others by its token.
  private static func guest(_ call: Call) -> UserID {
    guard call.route.access == .guest, let token = call.request[.cartToken], !token.isEmpty else {
      return anybody
    }
    let code = HMACSHA256.code(
      Array(token.utf8), key: call.shared.key("idempotency keys of guests"))
    return UUID(bytes: code.prefix(16)).map { UserID($0) } ?? anybody
  }

  /// One without a cart is told apart by address: an answer with a new cart's token must not go to
  /// somebody elsewhere who happened to choose the same key for the same goods.
  private static func guestPlace(_ call: Call) -> String {
    call.route.access == .guest && call.caller == nil ? "\(call.remoteAddress)\n" : ""
  }

  /// Who registers is nobody yet: their keys share one space, and the fingerprint of the whole
  /// request, password included, guards the answer.
  private static let anybody = UserID(UUID(high: 0, low: 0))
}

/// A use of a key.
struct IdempotencyClaim {
  let caller: UserID
  let key: String
  let fingerprint: [UInt8]
  /// Answers are kept encrypted: there may be tokens in them.
  let seal: [UInt8]
  let now: Timestamp

  /// Says that the answer is the one that was given before.
  static let replayed = Response.Header("Idempotent-Replayed", "true")
}
