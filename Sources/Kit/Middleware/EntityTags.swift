package import HTTP

/// Answers 304 where the client has the same already, and says who may keep the answer.
struct EntityTags: Middleware {
  func handle(_ call: Call, _ next: (Call) throws -> Response) throws -> Response {
    var response = try next(call)
    response.headers.append(.init("Cache-Control", Self.cacheControl(call)))
    guard ["GET", "HEAD"].contains(call.request.method), response.status == 200 else {
      return response
    }
    if response.header("ETag") == nil, call.route.cacheSeconds > 0 {
      response.headers.append(.init("ETag", "W/\"\(Self.digest(of: response.body))\""))
    }
    guard let tag = response.header("ETag"), let known = call.request[.ifNoneMatch],
      Self.list(known, contains: tag)
    else { return response }
    response.status = 304
    response.body = []
    response.headers.removeAll { $0.name == "Content-Type" }
    return response
  }

  /// What somebody signed in was told is theirs alone, also where everybody else may keep it.
  private static func cacheControl(_ call: Call) -> String {
    let route = call.route
    if route.cacheSeconds > 0, call.caller == nil { return "public, max-age=\(route.cacheSeconds)" }
    return route.access == .public || route.method != "GET" ? "no-store" : "private, no-cache"
  }

  /// FNV-1a in 64 bits: tells answers apart, protects nothing.
  private static func digest(of body: [UInt8]) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in body { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return String(hash, radix: 16)
  }

  /// The tag of an answer that says more than its resource's version covers, such as what is left
  /// in stock: the version, for a later `If-Match`, and after it the answer itself.
  static func tag(version: Int, of body: [UInt8]) -> String {
    "\"\(version)-\(digest(of: body))\""
  }

  /// Whether a list of tags, or `*`, names this version.
  static func list(_ header: String, names version: Int) -> Bool {
    items(of: header).contains { given in
      given == "*" || given == "\"\(version)\"" || given.hasPrefix("\"\(version)-")
    }
  }

  /// Whether a list of tags, or `*`, holds this one, be it weak or strong.
  private static func list(_ header: String, contains tag: String) -> Bool {
    items(of: header).contains { $0 == "*" || opaque($0) == opaque(tag[...]) }
  }

  private static func items(of header: String) -> [Substring] {
    header.split(separator: ",").map { item in
      let item = item.drop { $0 == " " }
      let end = item.lastIndex { $0 != " " }.map { item.index(after: $0) } ?? item.startIndex
      return item[..<end]
    }
  }

  private static func opaque(_ tag: Substring) -> Substring {
    tag.hasPrefix("W/") ? tag.dropFirst(2) : tag
  }
}

extension Response {
  /// Gives the answer a tag that changes with anything in it, and that `If-Match` takes for the
  /// version all the same.
  package func tagged(version: Int) -> Response {
    var response = self
    response.headers.removeAll { $0.name == "ETag" }
    response.headers.append(.init("ETag", EntityTags.tag(version: version, of: body)))
    return response
  }
}
