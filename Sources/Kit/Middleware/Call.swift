package import Core
package import HTTP
internal import JSON
internal import Metrics
package import Postgres

/// One request on its way through the middleware to its endpoint: what is known about it so far,
/// and what the worker lends for answering it.
package final class Call {
  package let request: Request
  package let route: RouteSpec
  package let services: Services
  let routeIndex: Int
  let handler: Route.Handler
  private let pathValues: [String]

  /// Headers that the answer carries whatever happens, problems included.
  package var headers: [Response.Header] = []
  package internal(set) var requestID = ""
  package internal(set) var trace = TraceContext(traceID: "", parentID: "", flags: "00")
  package internal(set) var caller: Caller?
  var idempotency: IdempotencyClaim?
  /// For the log alone: clients see what the boundary made of it.
  var failure: (any Error)?
  private var wait: Wait?

  private struct Wait {
    let time: Duration
    let find: () throws -> Response?
  }

  init(
    request: Request, route: RouteSpec, routeIndex: Int, handler: @escaping Route.Handler,
    pathValues: [String], services: Services
  ) {
    self.request = request
    self.route = route
    self.routeIndex = routeIndex
    self.handler = handler
    self.pathValues = pathValues
    self.services = services
  }

  package var shared: SharedServices { services.shared }
  package var database: Database { services.database }
  package var now: Timestamp { shared.clock.now }
  package var remoteAddress: String { request[.remoteAddress] ?? "" }

  /// Whether others may be given the same answer, out of a cache.
  var mayBeShared: Bool { route.cacheSeconds > 0 && caller == nil }

  /// Has the answer wait until there is a better one, but no longer than this. It keeps the status
  /// and the headers of the first one, with its body and its own headers instead.
  package func wait(for time: Duration, find: @escaping () throws -> Response?) {
    wait = Wait(time: time, find: find)
  }

  /// What is answered again, as an answer that was lost, is answered as it was.
  func awaited(_ first: Response) -> AwaitedAnswer? {
    guard let wait, first.status < 300, first.header(IdempotencyClaim.replayed.name) == nil else {
      return nil
    }
    return AwaitedAnswer(first, within: wait.time) {
      do {
        guard let found = try wait.find() else { return nil }
        var answer = first
        answer.body = found.body
        for header in found.headers {
          answer.headers.removeAll { $0.name == header.name }
          answer.headers.append(header)
        }
        return answer
      } catch {
        // Whoever cannot be asked now is asked again.
        return nil
      }
    }
  }

  /// Throws 401. On a route that needs a signed-in user this cannot happen: the middleware was
  /// there before.
  package func signedIn() throws -> Caller {
    guard let caller else { throw Problem.unauthenticated("missing_token", "Sign in first.") }
    return caller
  }

  /// The path's id, the first unless another place is named. One of another kind, or no id at all,
  /// names nothing: 404.
  package func id<Kind>(_ kind: Kind.Type = Kind.self, at place: Int = 0) throws -> ID<Kind> {
    guard let id = ID<Kind>(pathText(at: place)) else { throw Problem.notFound() }
    return id
  }

  /// What stands in the path where the pattern has braces.
  package func pathText(at place: Int = 0) -> String {
    pathValues.indices.contains(place) ? pathValues[place] : ""
  }

  package func query() throws -> QueryString { try QueryString(request.query) }

  /// Reads, parses and validates the body. Throws 400, 413, 415 or a 422 that names every fault.
  package func body<Body: RequestBody>(_ type: Body.Type = Body.self) throws -> Body {
    let bytes = try readBody()
    return try Fields.decode(type, from: try JSONValue.parse(bytes))
  }

  /// As `body`, where no body at all is as good as an empty object.
  package func bodyIfAny<Body: RequestBody>(_ type: Body.Type = Body.self) throws -> Body {
    guard try readBody().isEmpty else { return try body(type) }
    return try Fields.decode(type, from: .object(JSONObject()))
  }

  /// As `body`, where a list of such objects is taken as well.
  package func bodies<Body: RequestBody>(
    _ type: Body.Type = Body.self, upTo most: Int
  ) throws -> (bodies: [Body], isList: Bool) {
    try Fields.decodeAll(type, from: try JSONValue.parse(try readBody()), upTo: most)
  }

  private var bodyBytes: [UInt8]?

  /// The raw body, read once and bounded by the route's limit.
  func readBody() throws -> [UInt8] { try rawBody(mustBeJSON: true) }

  /// The body byte by byte, of whatever type: for those who sign it.
  package func rawBody() throws -> [UInt8] { try rawBody(mustBeJSON: false) }

  private func rawBody(mustBeJSON: Bool) throws -> [UInt8] {
    if let bodyBytes { return bodyBytes }
    let count = request.contentLength ?? 0
    guard count >= 0 else { throw Problem(400, "bad_length", "Content-Length is not a number.") }
    guard count <= route.bodyBytesMax else {
      throw Problem(
        413, "body_too_large", "The body may have at most \(route.bodyBytesMax) bytes.")
    }
    guard !mustBeJSON || count == 0 || hasJSONType else {
      throw Problem(
        415, "json_expected", "Send the body as application/json in UTF-8.")
    }
    let bytes = try request.body.read(count)
    bodyBytes = bytes
    return bytes
  }

  private var hasJSONType: Bool {
    let type = (request[.contentType] ?? "").lowercased()
    let parts = type.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" } }
    guard parts.first == "application/json" else { return false }
    return parts.dropFirst().allSatisfy {
      !$0.hasPrefix("charset=") || $0 == "charset=utf-8" || $0 == "charset=\"utf-8\""
    }
  }

  /// Does the writing of this request in one transaction, and with it keeps the promise of an
  /// `Idempotency-Key`: the key, the change and the answer commit together or not at all.
  package func write(_ body: (Transaction) throws -> Response) throws -> Response {
    guard let claim = idempotency else { return try database.transaction(body) }
    return try database.transaction { transaction in
      if let stored = try IdempotencyStore.claim(claim, in: transaction) {
        shared.metrics.add(.replays, 1)
        return stored
      }
      let response = try body(transaction)
      try IdempotencyStore.keep(response, for: claim, in: transaction)
      return response
    }
  }

  /// Compares `If-Match`, where the client sent one, with the version it is about to change.
  package func requireMatch(version: Int) throws {
    guard let wanted = request[.ifMatch] else { return }
    guard EntityTags.list(wanted, names: version) else {
      throw Problem(
        412, "stale_version", "Somebody changed this since you read it. Read it again.")
    }
  }
}

/// The signed-in user, as the token tells and the gate confirmed or corrected.
package struct Caller: Sendable {
  package let user: UserID
  package let session: SessionID
  package internal(set) var roles: [Role]
  package let issuedAt: Timestamp

  package init(user: UserID, session: SessionID, roles: [Role], issuedAt: Timestamp) {
    self.user = user
    self.session = session
    self.roles = roles
    self.issuedAt = issuedAt
  }

  package func has(_ role: Role) -> Bool { roles.contains(role) }

  /// What somebody owns is theirs to manage, and an administrator's.
  package func manages(whatIsOf owner: UserID) -> Bool { user == owner || has(.admin) }

  package var asShopManager: ShopManager { ShopManager(user, isAdmin: has(.admin)) }
}
