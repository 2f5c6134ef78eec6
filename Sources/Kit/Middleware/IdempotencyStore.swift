internal import Core
internal import Crypto
internal import HTTP
internal import Postgres

enum IdempotencyStore {
  /// Takes the key for this transaction. Returns the stored answer when the key was used before;
  /// throws 409 while another transaction holds it, 422 when it was used for something else.
  static func claim(_ claim: IdempotencyClaim, in transaction: Transaction) throws -> Response? {
    let found = try transaction.first(
      """
      SELECT state, fingerprint, status, content_type, location, etag, body
      FROM souk.claim_idempotency_key(\(claim.caller), \(claim.key), \(claim.now))
      """
    ) { row in try Found(&row) }
    guard let found, found.state != "fresh" else { return nil }
    guard found.state == "stored" else {
      throw Problem(
        409, "idempotency_in_progress", "The first request with this key is still running.",
        headers: [.init("Retry-After", "1")])
    }
    // An answer sealed under an earlier secret of this system cannot be given again either.
    guard found.fingerprint == claim.fingerprint,
      let body = AESGCM.open(found.response.body, key: claim.seal)
    else {
      throw Problem(
        422, "idempotency_key_reused", "This Idempotency-Key was used for another request.")
    }
    var response = found.response
    response.body = body
    return response
  }

  private struct Found {
    let state: String
    let fingerprint: [UInt8]?
    let response: Response

    init(_ row: inout Row) throws {
      state = try row.next()
      fingerprint = try row.next()
      let status: Int? = try row.next()
      var headers: [Response.Header] = [IdempotencyClaim.replayed]
      for name in ["Content-Type", "Location", "ETag"] {
        if let value: String = try row.next() { headers.append(.init(name, value)) }
      }
      response = Response(status: status ?? 200, headers: headers, body: try row.next() ?? [])
    }
  }

  /// Travels with the commit.
  static func keep(
    _ response: Response, for claim: IdempotencyClaim, in transaction: Transaction
  ) throws {
    let sealed = AESGCM.seal(response.body, key: claim.seal)
    transaction.enqueue(
      """
      INSERT INTO souk.idempotency_keys
        (caller, key, fingerprint, status, content_type, location, etag, body, created_at)
      VALUES
        (\(claim.caller), \(claim.key), \(claim.fingerprint), \(response.status),
         \(response.header("Content-Type")), \(response.header("Location")),
         \(response.header("ETag")), \(sealed), \(claim.now))
      """)
  }
}
