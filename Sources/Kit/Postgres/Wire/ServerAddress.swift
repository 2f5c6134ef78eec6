internal import Core
internal import Glibc

/// Where the server is and how to log in, as a database URL says it. What it does not say is taken
/// from the variables that all Postgres programs know (`PGHOST` and so on).
struct ServerAddress: Equatable {
  struct Host: Equatable {
    /// A name, an address, or the folder of a unix socket.
    var name: String
    var port: UInt16

    var isSocket: Bool { name.hasPrefix("/") }
  }

  /// Tried in turn.
  var hosts: [Host] = []
  var user = ""
  var password: String?
  var database = ""
  var options = ""
  var tls = TLSWishes()
  /// A server that takes no writes is passed over.
  var mustTakeWrites = false
  /// A login is bound to its connection where the server can.
  var bindsLogin = true
  var mustBindLogin = false
  /// How long connecting may take. Nil: as long as the program thinks right.
  var connectTimeout: Duration?

  /// Throws `.connectFailed`, without quoting values, which may be secret.
  init(_ url: String, _ environment: Environment = .current()) throws(PostgresError) {
    guard !url.utf8.contains(0) else { throw Self.malformed("it holds a zero byte") }
    var parameters = try ConnectionParameters(url)
    for variable in Self.unsupported where environment[variable]?.isEmpty == false {
      throw PostgresError(.connectFailed, "\(variable) is not supported here")
    }
    for (variable, name) in Self.variables where parameters[name] == nil {
      parameters[name] = environment[variable].flatMap { $0.isEmpty ? nil : $0 }
    }
    try self.init(parameters)
  }

  private static let variables = [
    ("PGHOST", "host"), ("PGPORT", "port"), ("PGUSER", "user"), ("PGPASSWORD", "password"),
    ("PGDATABASE", "dbname"), ("PGOPTIONS", "options"), ("PGSSLMODE", "sslmode"),
    ("PGSSLROOTCERT", "sslrootcert"), ("PGSSLCERT", "sslcert"), ("PGSSLKEY", "sslkey"),
    ("PGTARGETSESSIONATTRS", "target_session_attrs"), ("PGCHANNELBINDING", "channel_binding"),
    ("PGCONNECT_TIMEOUT", "connect_timeout"),
  ]

  /// Restrictions, and other ways to a server.
  private static let unsupported = [
    "PGREQUIREAUTH", "PGREQUIREPEER", "PGSSLMINPROTOCOLVERSION", "PGSSLCRL", "PGHOSTADDR",
    "PGSERVICE",
  ]

  private init(_ parameters: ConnectionParameters) throws(PostgresError) {
    hosts = try Self.hosts(parameters["host"] ?? "", ports: parameters["port"] ?? "")
    if let name = parameters["user"] { user = name } else { user = try Self.accountName() }
    password = parameters["password"]
    database = parameters["dbname"] ?? user
    options = parameters["options"] ?? ""
    if let mode = parameters["sslmode"] {
      guard let known = TLSWishes.Mode(rawValue: mode) else { throw Self.malformed("its sslmode") }
      tls.mode = known
    }
    tls.rootCertificate = parameters["sslrootcert"]
    (tls.certificate, tls.key) = (parameters["sslcert"], parameters["sslkey"])
    try tls.settle(modeIsGiven: parameters["sslmode"] != nil)
    switch parameters["target_session_attrs"] {
    case nil, "any": break
    case "read-write", "primary": mustTakeWrites = true
    default: throw Self.malformed("its target_session_attrs: Souk writes, it needs read-write")
    }
    if let seconds = parameters["connect_timeout"] {
      guard let count = Int64(seconds), (0...3600).contains(count) else {
        throw Self.malformed("its connect_timeout")
      }
      if count > 0 { connectTimeout = .seconds(count) }
    }
    switch parameters["channel_binding"] {
    case nil, "prefer": break
    case "disable": bindsLogin = false
    case "require": mustBindLogin = true
    default: throw Self.malformed("its channel_binding")
    }
  }

  /// One port for all hosts, or one for each.
  private static func hosts(_ names: String, ports: String) throws(PostgresError) -> [Host] {
    let ports = try ports.split(separator: ",", omittingEmptySubsequences: false).map {
      text throws(PostgresError) in
      if text.isEmpty { return 5432 as UInt16 }
      guard let port = UInt16(text), port > 0 else { throw malformed("its port") }
      return port
    }
    let names = names.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    guard ports.count < 2 || ports.count == names.count else {
      throw malformed("it has \(ports.count) ports for \(names.count) hosts")
    }
    return names.enumerated().map { index, name in
      let port = ports.count > 1 ? ports[index] : ports[0]
      return Host(name: name.isEmpty ? "/var/run/postgresql" : name, port: port)
    }
  }

  private static func accountName() throws(PostgresError) -> String {
    var entry = unsafe passwd()
    var buffer = [CChar](repeating: 0, count: 16 << 10)
    var found: UnsafeMutablePointer<passwd>?
    let code = unsafe getpwuid_r(geteuid(), &entry, &buffer, buffer.count, &found)
    guard code == 0, unsafe found != nil, let name = unsafe String(validatingCString: entry.pw_name)
    else { throw malformed("it names no user, and this process runs as nobody known") }
    return name
  }

  static func malformed(_ reason: String) -> PostgresError {
    PostgresError(.connectFailed, "the database URL cannot be read: \(reason)")
  }
}
