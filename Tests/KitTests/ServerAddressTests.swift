import Core
import Testing

@testable import Postgres

@Suite struct ServerAddressTests {
  private func address(
    _ url: String, _ environment: [String: String] = [:]
  ) throws -> ServerAddress {
    try ServerAddress(url, Environment(environment))
  }

  private func hosts(_ url: String, _ environment: [String: String] = [:]) throws -> [String] {
    try address(url, environment).hosts.map { "\($0.name):\($0.port)" }
  }

  @Test(arguments: [
    ("postgresql://h/d", "h:5432"),
    ("postgres://h:99/d", "h:99"),
    ("postgresql://[::1]:99/d", "::1:99"),
    ("postgresql://a,b:2,[::3]/d", "a:5432 b:2 ::3:5432"),
    ("postgresql://%2Frun%2Fpg/d", "/run/pg:5432"),
    ("postgresql:///d?host=/run/pg&port=7", "/run/pg:7"),
    ("postgresql:///d?host=a,b&port=7", "a:7 b:7"),
    ("postgresql://", "/var/run/postgresql:5432"),
    ("host=a,b port=1,2", "a:1 b:2"),
    ("", "/var/run/postgresql:5432"),
  ])
  func whereItIs(_ url: String, _ places: String) throws {
    #expect(try hosts(url).joined(separator: " ") == places)
  }

  @Test func whoComesAndWhereTo() throws {
    let url = try address(
      "postgresql://u%40x:p%3A%2F%25:q@h/d%20e?options=-c%20a%3Db&sslmode=require")
    #expect((url.user, url.password, url.database) == ("u@x", "p:/%:q", "d e"))
    #expect(url.options == "-c a=b" && url.tls.mode == .require)
    let pairs = try address(#"user = 'it\'s' password=a\ b dbname="#)
    #expect((pairs.user, pairs.password, pairs.database) == ("it's", "a b", "it's"))
    let quiet = "postgresql://h/d?application_name=x&connect_timeout=3&gssencmode=disable"
    #expect(try address(quiet).hosts.count == 1)
    #expect(try address(quiet).connectTimeout == .seconds(3))
    #expect(try address("postgresql://h/d?connect_timeout=0").connectTimeout == nil)
    #expect(try address("", ["PGCONNECT_TIMEOUT": "7"]).connectTimeout == .seconds(7))
  }

  @Test func whatTheURLDoesNotSay() throws {
    let known = [
      "PGHOST": "db", "PGPORT": "6000", "PGUSER": "ana", "PGPASSWORD": "secret",
      "PGDATABASE": "shop", "PGSSLMODE": "verify-full", "PGSSLROOTCERT": "system",
    ]
    #expect(try hosts("postgresql://", known) == ["db:6000"])
    let address = try address("postgresql://", known)
    #expect((address.user, address.password, address.database) == ("ana", "secret", "shop"))
    #expect(address.tls.mode == .verifyFull && address.tls.rootCertificate == "system")
    let empty = try self.address("postgresql://:@/?sslrootcert=", known)
    #expect((empty.user, empty.password, empty.hosts.first?.name) == ("ana", "secret", "db"))
    #expect(try self.address("postgresql://h/d?ssl=true").tls.mode == .require)
    let said = try self.address("postgresql://ben@h:1/x?sslmode=require&sslrootcert=/r", known)
    #expect((said.user, said.database, said.tls.mode) == ("ben", "x", .require))
  }

  @Test(arguments: [
    "postgresql://[x", "postgresql://[::1]x/d", "postgresql://h:port/d", "postgresql://h:0/d",
    "postgresql://h:70000/d", "postgresql://h/%zz", "postgresql://h/%00", "postgresql://h/%ff",
    "postgresql://h/d?colour=red", "postgresql://a,b,c/d?port=1,2", "postgresql://h/d?sslmode=no",
    "postgresql://h/d?target_session_attrs=standby", "postgresql://h/d?channel_binding=x",
    "postgresql://h/d?require_auth=scram-sha-256", "postgresql://h/d?gssencmode=require",
    "postgresql://h/d?connect_timeout=soon", "postgresql://h/d?sslmode=verify-ca",
    "postgresql://h/d?sslrootcert=system&sslmode=prefer",
    "host", "user='x", "mysql://h/d", "postgresql://h/\u{0}",
  ])
  func whatCannotBeRead(_ url: String) throws {
    let error = try #require(throws: PostgresError.self) { try address(url) }
    #expect(error.code == .connectFailed && error.message.contains("cannot be read"))
  }

  @Test func noPartOfAPasswordIsQuoted() throws {
    for url in ["postgresql://souk:pa?ss@db/souk", "password=pa ss=word"] {
      let error = try #require(throws: PostgresError.self) { try address(url) }
      #expect(!error.debugDescription.contains("ss"), "\(error.debugDescription)")
    }
    let error = try #require(throws: PostgresError.self) {
      try address("postgresql://h/d", ["PGREQUIREAUTH": "scram-sha-256"])
    }
    #expect(error.message.contains("PGREQUIREAUTH"))
  }
}
