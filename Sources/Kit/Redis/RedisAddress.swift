internal import Core

/// A Redis URL taken apart.
struct RedisAddress: Equatable {
  enum Place: Equatable {
    case tcp(host: String, port: Int32)
    case unix(path: String)
  }

  var place: Place
  var user: String?
  var password: String?
  var database = 0

  /// Throws `.connectFailed`, without quoting the URL, which may hold a password.
  init(_ url: String) throws(RedisError) {
    if url.utf8.contains(0) { throw Self.malformed("a zero byte") }
    if url.hasPrefix("redis://") {
      place = .tcp(host: "", port: 6379)
      try readTCP(url.dropFirst("redis://".count))
    } else if url.hasPrefix("unix://") {
      place = .unix(path: "")
      try readUnix(url.dropFirst("unix://".count))
    } else {
      throw Self.malformed("it begins with neither redis:// nor unix://")
    }
  }

  private mutating func readTCP(_ text: Substring) throws(RedisError) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    var authority = parts[0]
    if let at = authority.lastIndex(of: "@") {
      try readCredentials(authority[..<at])
      authority = authority[authority.index(after: at)...]
    }
    var host = authority
    var port: Int32 = 6379
    // The brackets of an IPv6 address hold colons of their own.
    if let colon = authority.lastIndex(of: ":"), !authority[colon...].contains("]") {
      guard let number = UInt16(authority[authority.index(after: colon)...]) else {
        throw Self.malformed("the port is no port")
      }
      host = authority[..<colon]
      port = Int32(number)
    }
    if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
    guard !host.isEmpty else { throw Self.malformed("the host is missing") }
    place = .tcp(host: String(host), port: port)
    if parts.count > 1, !parts[1].isEmpty { try readDatabase(parts[1]) }
  }

  private mutating func readUnix(_ text: Substring) throws(RedisError) {
    let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    let path = try Self.decoded(parts[0])
    guard path.hasPrefix("/"), path.utf8.count <= 107 else {
      throw Self.malformed("the socket path must be absolute and at most 107 bytes long")
    }
    place = .unix(path: path)
    guard parts.count > 1 else { return }
    for pair in parts[1].split(separator: "&") {
      let (name, value) = pair.halves(at: "=")
      switch name {
      case "db": try readDatabase(value ?? "")
      case "user": user = try Self.decoded(value ?? "")
      case "password": password = try Self.decoded(value ?? "")
      default: throw Self.malformed("it has an unknown parameter")
      }
    }
  }

  private mutating func readCredentials(_ text: Substring) throws(RedisError) {
    let (name, secret) = text.halves(at: ":")
    user = name.isEmpty ? nil : try Self.decoded(name)
    password = try Self.decoded(secret ?? "")
  }

  private mutating func readDatabase(_ text: Substring) throws(RedisError) {
    guard let number = UInt16(text) else { throw Self.malformed("the database is no number") }
    database = Int(number)
  }

  private static func decoded(_ text: Substring) throws(RedisError) -> String {
    guard let bytes = PercentCoding.bytes(of: text), !bytes.contains(0) else {
      throw malformed("a bad percent escape")
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func malformed(_ reason: String) -> RedisError {
    RedisError(.connectFailed, "the Redis URL cannot be read: \(reason)")
  }
}
