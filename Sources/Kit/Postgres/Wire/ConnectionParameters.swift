internal import Core

/// The two forms of a database URL, taken apart: `postgresql://user:password@host:port/name?…` and
/// `host=… port=…`.
struct ConnectionParameters {
  private var values: [String: String] = [:]

  /// Those that matter here, and those that stand in many URLs and change nothing.
  private static let known: Set<String> = [
    "host", "port", "user", "password", "dbname", "options", "sslmode", "sslrootcert", "sslcert",
    "sslkey", "target_session_attrs", "channel_binding", "gssencmode", "application_name",
    "client_encoding", "connect_timeout", "fallback_application_name", "keepalives",
    "keepalives_idle", "keepalives_interval", "keepalives_count", "sslsni", "tcp_user_timeout",
  ]
  /// What other programs would take. To leave out a restriction silently would be worse than to
  /// refuse it.
  private static let others: Set<String> = [
    "hostaddr", "passfile", "service", "require_auth", "requirepeer", "requiressl", "sslcrl",
    "sslcrldir", "sslpassword", "sslcertmode", "sslnegotiation", "sslcompression", "krbsrvname",
    "gsslib", "gssdelegation", "ssl_min_protocol_version", "ssl_max_protocol_version",
    "replication", "load_balance_hosts",
  ]

  subscript(name: String) -> String? {
    get { values[name] }
    set { values[name] = newValue }
  }

  init(_ url: String) throws(PostgresError) {
    let scheme = ["postgresql://", "postgres://"].first { url.hasPrefix($0) }
    if let scheme {
      try readURL(url.dropFirst(scheme.count))
    } else {
      try readPairs(Array(url.unicodeScalars)[...])
    }
  }

  /// Empty is the same as not said.
  private mutating func set(_ name: String, _ value: String) throws(PostgresError) {
    guard !Self.others.contains(name) else {
      throw ServerAddress.malformed("'\(name)' is not supported here")
    }
    // It is not named: it may be a part of a password that was not written as it should be.
    guard Self.known.contains(name) || name == "ssl" else {
      throw ServerAddress.malformed("it has a parameter that nobody knows")
    }
    guard name != "gssencmode" || ["disable", "prefer", ""].contains(value) else {
      throw ServerAddress.malformed("Kerberos is not supported here")
    }
    if name == "ssl", value == "true" { return values["sslmode"] = "require" }
    if !value.isEmpty { values[name] = value }
  }

  // MARK: - postgresql://

  private mutating func readURL(_ text: Substring) throws(PostgresError) {
    let (head, query) = text.halves(at: "?")
    let (authority, path) = head.halves(at: "/")
    var places = authority
    if let at = authority.lastIndex(of: "@") {
      let (user, password) = authority[..<at].halves(at: ":")
      try set("user", try Self.decoded(user))
      if let password { try set("password", try Self.decoded(password)) }
      places = authority[authority.index(after: at)...]
    }
    if !places.isEmpty { try readPlaces(places) }
    if let path { try set("dbname", try Self.decoded(path)) }
    for pair in query?.split(separator: "&") ?? [] {
      let (name, value) = pair.halves(at: "=")
      try set(try Self.decoded(name), try Self.decoded(value ?? ""))
    }
  }

  private mutating func readPlaces(_ text: Substring) throws(PostgresError) {
    var (hosts, ports): ([String], [String]) = ([], [])
    for place in text.split(separator: ",", omittingEmptySubsequences: false) {
      var (host, port) = (place, ""[...])
      if place.hasPrefix("[") {
        // The brackets of an IPv6 address hold colons of their own.
        guard let end = place.firstIndex(of: "]") else {
          throw ServerAddress.malformed("a bracket is not closed")
        }
        host = place[place.index(after: place.startIndex)..<end]
        port = place[place.index(after: end)...]
        guard port.isEmpty || port.hasPrefix(":") else { throw ServerAddress.malformed("its host") }
        port = port.dropFirst()
      } else if let colon = place.firstIndex(of: ":") {
        (host, port) = (place[..<colon], place[place.index(after: colon)...])
      }
      hosts.append(try Self.decoded(host))
      ports.append(String(port))
    }
    try set("host", hosts.joined(separator: ","))
    if ports.contains(where: { !$0.isEmpty }) { try set("port", ports.joined(separator: ",")) }
  }

  private static func decoded(_ text: Substring) throws(PostgresError) -> String {
    guard let bytes = PercentCoding.bytes(of: text), !bytes.contains(0) else {
      throw ServerAddress.malformed("a '%' must stand before two hexadecimal digits")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw ServerAddress.malformed("it is not UTF-8")
    }
    return text
  }

  // MARK: - host=… port=…

  /// A value may stand in single quotes; a backslash takes the next character as it is.
  private mutating func readPairs(_ text: ArraySlice<Unicode.Scalar>) throws(PostgresError) {
    var rest = text.drop(while: Self.isSpace)
    while !rest.isEmpty {
      let name = rest.prefix { $0 != "=" && !Self.isSpace($0) }
      rest = rest.dropFirst(name.count).drop(while: Self.isSpace)
      guard rest.popFirst() == "=" else { throw ServerAddress.malformed("an '=' is missing") }
      rest = rest.drop(while: Self.isSpace)
      let value = try Self.value(&rest)
      try set(Self.string(name), value)
      rest = rest.drop(while: Self.isSpace)
    }
  }

  private static func value(
    _ rest: inout ArraySlice<Unicode.Scalar>
  ) throws(PostgresError) -> String {
    let isQuoted = rest.first == "'"
    if isQuoted { rest.removeFirst() }
    var value: [Unicode.Scalar] = []
    while let scalar = rest.first, isQuoted ? scalar != "'" : !isSpace(scalar) {
      rest.removeFirst()
      value.append(scalar == "\\" ? rest.popFirst() ?? scalar : scalar)
    }
    if isQuoted, rest.popFirst() == nil { throw ServerAddress.malformed("a quote is not closed") }
    return string(value[...])
  }

  private static func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
    var text = String.UnicodeScalarView()
    text.append(contentsOf: scalars)
    return String(text)
  }

  private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
    scalar == " " || scalar == "\t" || scalar == "\n" || scalar == "\r"
  }
}
