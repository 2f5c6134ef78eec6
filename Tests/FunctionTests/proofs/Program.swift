import Core
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
    _ arguments: [String] = [], _ extra: [String: String] = [:], dying death: Death? = nil
  ) throws -> [String] {
    let folder = try TemporaryFolder("souk-points")
    let log = "\(folder.path)/points"
    var environment = environment.merging(extra) { $1 }
    environment["SOUK_CRASH_LOG"] = log
    if let death {
      environment["SOUK_CRASH_POINT"] = "\(death.point):\(death.isBefore ? "before" : "after")"
    }
    let finished = try ChildProcess.run(
      [path] + arguments, environment: environment, timeout: .seconds(60))
    if death == nil {
      try #require(finished.status.isSuccess, "\(path): \(finished.text)")
    } else {
      try #require(!finished.status.isSuccess, "it lived through \(death?.description ?? "")")
    }
    return Files.exists(log) ? try Files.readText(log).split(separator: "\n").map(String.init) : []
  }

  /// One request, as a host without FastCGI sends it.
  @discardableResult
  func request(
    _ method: String, _ path: String, _ token: String, dying death: Death? = nil
  ) throws -> [String] {
    try run(
      [],
      [
        "REQUEST_METHOD": method, "REQUEST_URI": path, "QUERY_STRING": "",
        "HTTP_AUTHORIZATION": "Bearer \(token)", "REMOTE_ADDR": "192.0.2.1",
        "GATEWAY_INTERFACE": "CGI/1.1",
      ], dying: death)
  }
}
