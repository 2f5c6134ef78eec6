import Core
import Glibc
import JSON
import KitTesting
import Processes
import Testing

/// A program of ours as a process of its own, on the database and Redis of a test.
struct Program {
  private let path: String
  private let environment: [String: String]

  init(_ name: String, on stack: TestStack) {
    path = Self.path(of: name)
    var environment = stack.environment(of: name).merging(["PATH": "/usr/bin:/bin"]) { $1 }
    // A busy machine may need long to let it in.
    environment["DATABASE_URL"]? += "&connect_timeout=30"
    self.environment = environment
  }

  /// It was built together with these tests.
  static func path(of name: String) -> String {
    let tests = CommandLine.arguments[0]
    return tests.lastIndex(of: "/").map { "\(tests[..<$0])/\(name)" } ?? name
  }

  /// Where a process dies. Points count from one.
  struct Death: Sendable, CustomStringConvertible {
    let point: Int
    let isBefore: Bool
    /// Among the points that are statements on their own.
    var isAlone = false

    fileprivate var name: String { "\(isAlone ? "~" : "")\(point)" }
    var description: String { "\(isBefore ? "before" : "after") \(name)" }
  }

  /// The points that a process passed.
  struct Passage {
    /// Round trips of transactions and calls of others: as many whenever the same is done.
    let counted: [String]
    /// Statements on their own: as many as time allows.
    let alone: [String]
    /// How the point began where it ended.
    let last: String
    /// Whether it was killed there.
    let hasDied: Bool

    fileprivate init(_ log: String, hasDied: Bool) {
      self.hasDied = hasDied
      let lines = log.split(separator: "\n").map(String.init)
      counted = lines.filter { !$0.hasPrefix("~") }
      alone = lines.filter { $0.hasPrefix("~") }
      last = String((lines.last ?? "").prefix(120))
    }

    var deathsCounted: [Death] {
      counted.indices.flatMap { place in
        [true, false].map { Death(point: place + 1, isBefore: $0) }
      }
    }

    /// After each of the statements on their own that may change something.
    var deathsAlone: [Death] {
      alone.indices.filter { !alone[$0].contains(/ask SELECT (?!\w+\.\w+\()/) }
        .map { Death(point: $0 + 1, isBefore: false, isAlone: true) }
    }
  }

  /// With a death the process has to die there, unless it `mayLive` because it does not come that
  /// far.
  @discardableResult
  func run(
    _ arguments: [String] = [], _ extra: [String: String] = [:], input: String = "/dev/null",
    dying death: Death? = nil, orLiving mayLive: Bool = false
  ) throws -> Passage {
    let folder = try TemporaryFolder("souk-points")
    let log = "\(folder.path)/points"
    var extra = extra
    extra["SOUK_CRASH_LOG"] = log
    if let death {
      extra["SOUK_CRASH_POINT"] = "\(death.name):\(death.isBefore ? "before" : "after")"
    }
    let finished = try finish(arguments, extra, input: input)
    let hasDied = finished.status == .signalled(SIGKILL)
    if death == nil || !hasDied {
      try #require(death == nil || mayLive, "it lived through \(death?.description ?? "")")
      try #require(finished.status.isSuccess, "\(path): \(finished.text)")
    }
    return Passage(Files.exists(log) ? try Files.readText(log) : "", hasDied: hasDied)
  }

  private func finish(
    _ arguments: [String], _ extra: [String: String], input: String
  ) throws -> ChildProcess.Finished {
    try ChildProcess.run(
      ["/bin/sh", "-c", "exec \"$0\" \"$@\" < '\(input)'", path] + arguments,
      environment: environment.merging(extra) { $1 }, timeout: .seconds(60))
  }

  /// One request, as a host without FastCGI sends it.
  @discardableResult
  func request(_ request: WriteRequest, dying death: Death? = nil) throws -> Passage {
    let body = try Body(request.body)
    return try run([], request.variables, input: body.file, dying: death)
  }

  /// What it answers, undisturbed.
  func answer(to request: WriteRequest) throws -> Answer {
    let body = try Body(request.body)
    let finished = try finish([], request.variables, input: body.file)
    try #require(finished.status.isSuccess, "\(path): \(finished.text)")
    return try #require(
      Answer(String(decoding: finished.stdout, as: UTF8.self)), "\(path): \(finished.text)")
  }

  /// As CGI has it: a status line, headers, an empty line, the body.
  struct Answer: CustomStringConvertible {
    let status: Int
    let body: String
    private let headers: [String]

    fileprivate init?(_ text: String) {
      guard let end = text.firstRange(of: "\r\n\r\n") else { return nil }
      headers = text[..<end.lowerBound].split(separator: "\r\n").map(String.init)
      body = String(text[end.upperBound...])
      let words = headers.first?.split(separator: " ") ?? []
      guard words.first == "Status:", let status = words.dropFirst().first.flatMap({ Int($0) })
      else { return nil }
      self.status = status
    }

    /// Whether it is the one of an earlier request.
    var isReplayed: Bool { headers.contains("Idempotent-Replayed: true") }
    var description: String { "\(headers.joined(separator: ", ")): \(body)" }
  }

  private struct Body {
    private let folder: TemporaryFolder
    let file: String

    init(_ bytes: [UInt8]) throws {
      folder = try TemporaryFolder("souk-body")
      file = "\(folder.path)/body"
      try Files.write(bytes, to: file)
    }
  }
}

/// Something a client asks to be changed.
struct WriteRequest: Sendable {
  let function: String
  let path: String
  let body: [UInt8]
  let variables: [String: String]

  /// From somebody signed in, or from nobody.
  init(
    _ function: String, _ method: String, _ path: String, as visitor: Visitor?, _ json: JSONValue?
  ) {
    var headers = ["HTTP_IDEMPOTENCY_KEY": IDSource().uuid().description]
    headers["HTTP_AUTHORIZATION"] = visitor.map { "Bearer \($0.token)" }
    self.init(function, method, path, json?.bytes ?? [], headers)
  }

  /// From somebody who proves by other headers who they are.
  init(
    _ function: String, _ method: String, _ path: String, _ body: [UInt8],
    _ headers: [String: String]
  ) {
    self.function = function
    self.path = path
    self.body = body
    variables = [
      "REQUEST_METHOD": method, "REQUEST_URI": "/api/v1\(path)", "QUERY_STRING": "",
      "REMOTE_ADDR": "192.0.2.1", "CONTENT_TYPE": "application/json",
      "CONTENT_LENGTH": "\(body.count)", "GATEWAY_INTERFACE": "CGI/1.1",
    ].merging(headers) { $1 }
  }
}
