import Core
import JSON
import KitTesting
import Processes
import Testing

/// A program of ours as a process of its own, on the database and Redis of a test.
struct Program {
  private let path: String
  private let environment: [String: String]

  init(_ name: String, on stack: TestStack) {
    let tests = CommandLine.arguments[0]
    path = tests.lastIndex(of: "/").map { "\(tests[..<$0])/\(name)" } ?? name
    environment = stack.environment(of: name).merging(["PATH": "/usr/bin:/bin"]) { $1 }
  }

  /// Where a process dies. Points count from one.
  struct Death: Sendable, CustomStringConvertible {
    let point: Int
    let isBefore: Bool

    var description: String { "\(isBefore ? "before" : "after") \(point)" }
  }

  /// Returns the points passed. With a death the process has to die there.
  @discardableResult
  func run(
    _ arguments: [String] = [], _ extra: [String: String] = [:], input: String = "/dev/null",
    dying death: Death? = nil
  ) throws -> [String] {
    let folder = try TemporaryFolder("souk-points")
    let log = "\(folder.path)/points"
    var environment = environment.merging(extra) { $1 }
    environment["SOUK_CRASH_LOG"] = log
    if let death {
      environment["SOUK_CRASH_POINT"] = "\(death.point):\(death.isBefore ? "before" : "after")"
    }
    let finished = try ChildProcess.run(
      ["/bin/sh", "-c", "exec \"$0\" \"$@\" < '\(input)'", path] + arguments,
      environment: environment, timeout: .seconds(60))
    if death == nil {
      try #require(finished.status.isSuccess, "\(path): \(finished.text)")
    } else {
      try #require(!finished.status.isSuccess, "it lived through \(death?.description ?? "")")
    }
    return Files.exists(log) ? try Files.readText(log).split(separator: "\n").map(String.init) : []
  }

  /// One request, as a host without FastCGI sends it. Returns the answer and the points passed.
  @discardableResult
  func request(_ request: WriteRequest, dying death: Death? = nil) throws -> [String] {
    let folder = try TemporaryFolder("souk-body")
    let file = "\(folder.path)/body"
    let body = request.body?.bytes ?? []
    try Files.write(body, to: file)
    return try run(
      [],
      [
        "REQUEST_METHOD": request.method, "REQUEST_URI": "/api/v1\(request.path)",
        "QUERY_STRING": "", "HTTP_AUTHORIZATION": "Bearer \(request.token)",
        "HTTP_IDEMPOTENCY_KEY": request.key, "REMOTE_ADDR": "192.0.2.1",
        "CONTENT_TYPE": "application/json", "CONTENT_LENGTH": "\(body.count)",
        "GATEWAY_INTERFACE": "CGI/1.1",
      ], input: file, dying: death)
  }
}

/// Something a client asks to be changed.
struct WriteRequest: Sendable {
  let function: String
  let method: String
  let path: String
  let token: String
  let body: JSONValue?
  let key: String

  init(
    _ function: String, _ method: String, _ path: String, as visitor: Visitor, _ body: JSONValue?
  ) {
    self.function = function
    self.method = method
    self.path = path
    token = visitor.token
    self.body = body
    key = IDSource().uuid().description
  }
}
