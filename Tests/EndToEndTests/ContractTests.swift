import Core
import JSON
import Processes
import Testing

/// The running system against `docs/openapi.json`, by a program that thinks up requests: no 5xx,
/// and no answer outside its schema.
@Suite(.marketplace, .serialized) struct ContractTests {
  /// These end the session they are called with.
  private static let sessionEnders = [
    "log_out", "log_out_everywhere", "delete_account", "change_password", "end_session",
  ]

  @Test func answersKeepToTheDocument() throws {
    let market = try market()
    try explore(
      as: try market.logIn("admin"),
      Self.sessionEnders.flatMap { ["--exclude-operation-id", $0] } + ["--max-examples", "20"])
  }

  @Test(arguments: sessionEnders)
  func soDoThoseThatEndASession(_ operation: String) throws {
    let answer = try market().register("\(operation)@example.com")
    try explore(
      as: try #require(answer.json["data"]["access_token"]?.string),
      ["--include-operation-id", operation, "--max-examples", "10"])
  }

  private static let configuration = """
    [checks.negative_data_rejection]
    expected-statuses = [400, 401, 403, 404, 405, 406, 409, 412, 413, 415, 422, 428, 429]

    """

  private func explore(as token: String, _ options: [String]) throws {
    // Not `positive_data_acceptance`: a wrong password or a used token is valid and yet refused.
    let checks = [
      "not_a_server_error", "status_code_conformance", "content_type_conformance",
      "response_headers_conformance", "response_schema_conformance", "negative_data_rejection",
      "missing_required_header", "unsupported_method",
    ]
    // A stale condition refuses what is wrong in another way as well.
    try Files.write(Array(Self.configuration.utf8), to: "\(try market().home)/schemathesis.toml")
    let finished = try ChildProcess.run(
      [
        try Explorer.program(), "run", "\(Built.repository)/docs/openapi.json",
        "--url", try market().url, "--header", "Authorization: Bearer \(token)",
        "--checks", checks.joined(separator: ","), "--phases", "examples,coverage,fuzzing",
        "--seed", "7", "--no-color",
      ] + options,
      workingDirectory: try market().home, timeout: .minutes(8))
    // What failed stands before the warnings.
    let failures = finished.text.split(separator: "== WARNINGS").first ?? ""
    #expect(finished.status.isSuccess, "\(failures.suffix(6000))")
  }
}

/// schemathesis, in an environment of its own below `.build`.
enum Explorer {
  private static let version = "4.32.5"

  static func program() throws -> String {
    let folder = "\(Built.repository)/.build/schemathesis-\(version)"
    let program = "\(folder)/bin/schemathesis"
    if Files.exists("\(folder)/complete") { return program }
    try run(["python3", "-m", "venv", "--clear", folder])
    try run(["\(folder)/bin/pip", "install", "--quiet", "schemathesis==\(version)"])
    try Files.write([], to: "\(folder)/complete")
    return program
  }

  private static func run(_ command: [String]) throws {
    let finished = try ChildProcess.run(command, timeout: .minutes(5))
    try #require(finished.status.isSuccess, "\(command): \(finished.text)")
  }
}
