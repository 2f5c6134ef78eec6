import Core
import Glibc
import HTTPClient
import JSON
import KitTesting
import Processes
import Testing

/// A whole running system: the programs that were just built, started by `souk up` in a folder of
/// its own, on a port of its own.
final class Marketplace: Sendable {
  @TaskLocal static var current: Marketplace?

  let home: String
  let url: String
  private let environment: [String: String]

  init(rateScale: Int = 1000) throws {
    home = try Files.makeTemporaryDirectory("souk-e2e")
    let port = try FreePort.find()
    url = "http://127.0.0.1:\(port)"
    var environment = Environment.current().all
    environment["SOUK_HOME"] = home
    environment["SOUK_RATE_SCALE"] = String(rateScale)
    environment["DATABASE_URL"] = nil
    environment["REDIS_URL"] = nil
    self.environment = environment
    try souk("up", "--port", String(port))
  }

  func down() throws {
    try souk("down")
    try Files.remove(home)
  }

  /// Runs the tool as a person would, and expects it to succeed.
  @discardableResult
  func souk(_ arguments: String...) throws -> String {
    let finished = try attempt(arguments)
    try #require(finished.status.isSuccess, "souk \(arguments): \(finished.text)")
    return finished.text
  }

  /// The same, whatever comes of it.
  func attempt(_ arguments: [String]) throws -> ChildProcess.Finished {
    try ChildProcess.run(
      [Built.program("souk")] + arguments, environment: environment,
      workingDirectory: Built.repository, timeout: .minutes(3))
  }

  /// One answer over a connection of its own. `target` goes out as it stands.
  func send(
    _ method: String, _ target: String, token: String? = nil, body: String? = nil,
    headers: [(String, String)] = []
  ) throws -> Answer {
    var headers = headers
    if let token { headers.append(("Authorization", "Bearer \(token)")) }
    if body != nil { headers.append(("Content-Type", "application/json")) }
    let client = HTTPClient(timeout: .seconds(30))
    return Answer(
      try client.send(method, url + target, headers: headers, body: body.map { Array($0.utf8) }))
  }

  func demo(_ name: String) throws -> (email: String, password: String) {
    let file = try JSONValue.parse(try Files.read("\(home)/demo.json"))
    return (
      try #require(file[name]?["email"]?.string), try #require(file[name]?["password"]?.string)
    )
  }

  func logIn(_ name: String) throws -> String {
    let account = try demo(name)
    let answer = try send(
      "POST", "/api/v1/auth/login",
      body: #"{"email":"\#(account.email)","password":"\#(account.password)"}"#)
    return try #require(answer.json["data"]["access_token"]?.string, "\(answer.text)")
  }

  /// Somebody new.
  func register(_ email: String) throws -> Answer {
    try send(
      "POST", "/api/v1/auth/register",
      body: #"{"email":"\#(email)","password":"Lantern-7-courtyard","full_name":"Ana Lim"}"#)
  }

  /// Waits until the condition holds, by asking again and again.
  func eventually(within timeout: Duration = .seconds(20), _ isSo: () throws -> Bool) throws -> Bool
  {
    try probe(for: timeout) { try isSo() ? true : nil } ?? false
  }
}

struct Answer {
  let status: Int
  let json: JSONValue
  let text: String
  private let response: HTTPClientResponse

  init(_ response: HTTPClientResponse) {
    self.response = response
    status = response.status
    text = response.text
    do throws(JSONError) {
      json = try JSONValue.parse(response.body)
    } catch {
      json = .null
    }
  }

  func header(_ name: String) -> String? { response.header(name) }
  var code: String? { json["code"]?.string }

  var isProblem: Bool {
    header("Content-Type") == "application/problem+json" && json["status"]?.integer == Int64(status)
      && json["request_id"]?.string == header("X-Request-Id")
  }
}

/// What was built together with these tests.
enum Built {
  static let repository: String = {
    var directory = #filePath
    while let slash = directory.lastIndex(of: "/") {
      directory = String(directory[..<slash])
      if Files.exists("\(directory)/Package.swift") { return directory }
    }
    return "."
  }()

  static func program(_ name: String) -> String {
    let tests = CommandLine.arguments[0]
    return "\(tests.lastIndex(of: "/").map { String(tests[..<$0]) } ?? ".")/\(name)"
  }
}

/// Runs a suite's tests against one marketplace, which is taken down in the end.
struct MarketplaceTrait: SuiteTrait, TestScoping {
  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    let marketplace = try Marketplace()
    do {
      try await Marketplace.$current.withValue(marketplace) { try await function() }
    } catch {
      try marketplace.down()
      throw error
    }
    try marketplace.down()
  }
}

extension Trait where Self == MarketplaceTrait {
  static var marketplace: MarketplaceTrait { MarketplaceTrait() }
}

/// The one the running suite has.
func market() throws -> Marketplace { try #require(Marketplace.current) }

/// The first process of a service, as the supervisor tells. Postgres is the postmaster. One that
/// has died again and again is started again after half a minute.
func pid(of service: String) throws -> Int32 {
  let market = try market()
  var state = "not there"
  let found = try probe(for: .seconds(90)) { () -> Int32? in
    let file = try JSONValue.parse(try Files.read("\(market.home)/run/children.json"))
    let children = file["children"]?.array?.filter { $0["name"]?.string == service } ?? []
    if let known = children.first?["state"]?.string { state = known }
    let child = children.first { $0["state"] == "running" }
    return child?["processes"][0]["pid"]?.integer.map { Int32($0) }
  }
  return try #require(found, "\(service) is \(state)")
}
