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
    let text = Array("\(call.request.method) \(call.request.target)\n".utf8)
    call.idempotency = IdempotencyClaim(
      caller: try call.signedIn().user, key: key,
      fingerprint: SHA256.hash(text + (try call.readBody())), now: call.now)
    return try next(call)
  }
}

struct IdempotencyClaim {
  let caller: UserID
  let key: String
  let fingerprint: [UInt8]
  let now: Timestamp
}
