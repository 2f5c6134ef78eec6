internal import Core
package import HTTP

/// Answers 304 where the client has the same already, and says who may keep the answer.
struct EntityTags: Middleware {
  func handle(_ call: Call, _ next: (Call) throws -> Response) throws -> Response {
    var response = try next(call)
    response.headers.append(.init("Cache-Control", Self.cacheControl(call)))
    if call.mayBeShared {
      // As a moment rather than a count of seconds, from which nginx would make up to one more.
      let last = call.now.seconds + Int64(call.route.cacheSeconds) - 1
      response.headers.append(.init("X-Accel-Expires", "@\(last)"))
    }
    guard ["GET", "HEAD"].contains(call.request.method), response.status == 200 else {
      return response
    }
    let isSomebodys = ![.public, .local].contains(call.route.access)
    if response.header("ETag") == nil, isSomebodys || call.route.cacheSeconds > 0 {
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
    if call.mayBeShared {
      return "public, max-age=\(route.cacheSeconds), stale-while-revalidate=1"
    }
    return route.access == .public || route.method != "GET" ? "no-store" : "private, no-cache"
  }

  /// 64 bits: tells answers apart, protects nothing. Eight bytes at a time, because a page of
  /// products has fifteen thousand.
  private static func digest(of body: [UInt8]) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325 ^ UInt64(body.count)
    func mix(_ word: UInt64) {
      let product = (hash ^ word).multipliedFullWidth(by: 0x9e37_79b9_7f4a_7c15)
      hash = (product.high ^ product.low) &+ word
    }
    unsafe body.withUnsafeBytes { bytes in
      let words = bytes.count / 8
      for index in 0..<words {
        mix(unsafe bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self))
      }
      var rest: UInt64 = 0
      for index in words * 8..<bytes.count { rest = unsafe rest << 8 | UInt64(bytes[index]) }
      mix(rest)
    }
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
