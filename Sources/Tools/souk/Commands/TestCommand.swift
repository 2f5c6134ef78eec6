import Core
import Glibc
import Processes

extension ToolCommand {
  static let test = ToolCommand(
    name: "test", parameters: "[--long] [filter]", summary: "check everything, and count",
    details: """
      Builds with every import declared, checks the format and the generated files, and runs the
      tests, which start servers of their own. With a filter only the tests that match it run.

      --long  let the proofs try harder: five times the rounds for the last unit, programs that are
              killed a second time while they put things right, and five minutes of chaos. On two
              cores that takes nearly two hours, and wants a machine with nothing beside it. The
              tests themselves look at SOUK_TEST_LONG.
      """
  ) { arguments in
    let isLong = arguments.flag("--long")
    let filter = try arguments.rest(atMost: 1).first
    try TestCommand(filter: filter, isLong: isLong).run()
  }
}

private struct TestCommand {
  let filter: String?
  let isLong: Bool

  private struct Count {
    var passed = 0
    var failed = 0
  }

  /// Every gate counts as one test. The last line is the count, whatever happens.
  func run() throws {
    var count = Count()
    do {
      if filter == nil { try checkGates(&count) }
      try runTests(&count)
    } catch {
      Console.complain("\(error)")
      count.failed += 1
    }
    Console.say("\(count.passed) passed, \(count.failed) failed")
    if count.failed > 0 || count.passed == 0 { exit(1) }
  }

  private func checkGates(_ count: inout Count) throws {
    let gates: [(String, [String])] = [
      ("Every import is declared", Self.build),
      (
        "The format",
        ["swift", "format", "lint", "--strict", "-r", "Sources", "Tests", "functions"]
      ),
      ("Generated files", [try Files.executable(), "routes", "--check"]),
    ]
    for (name, command) in gates {
      let isGood = try Tool.succeeds(command)
      Console.say("\(isGood ? Style.green.on("✓") : Style.red.on("✗")) \(name)")
      if isGood { count.passed += 1 } else { count.failed += 1 }
    }
  }

  private static let build = [
    "swift", "build", "--build-tests", "--explicit-target-dependency-import-check", "error",
  ]

  private func runTests(_ count: inout Count) throws {
    let report = "\(try Files.makeTemporaryDirectory("souk-report"))/report.xml"
    defer { removeOrComplain(report) }
    var command = ["swift", "test", "--xunit-output", report]
    if let filter { command += ["--filter", filter] }
    if isLong { command = ["env", "SOUK_TEST_LONG=1"] + command }
    let isGood = try Tool.succeeds(command, within: .hours(isLong ? 8 : 1))
    let counted = try TestReport.count(in: report)
    count.passed += counted.passed
    // Tests that crashed never came to be counted.
    count.failed += isGood ? counted.failed : max(1, counted.failed)
  }

  private func removeOrComplain(_ report: String) {
    do {
      try Files.remove(String(report.dropLast("/report.xml".count)))
    } catch {
      Console.complain("\(error)")
    }
  }
}

/// The counts in the files that `swift test` writes.
enum TestReport {
  /// Swift Testing writes beside the file it is told, as `…-swift-testing.xml`.
  static func count(in path: String) throws -> (passed: Int, failed: Int) {
    let path = "\(path.dropLast(".xml".count))-swift-testing.xml"
    guard Files.exists(path) else { return (0, 0) }
    return count(text: try Files.readText(path))
  }

  /// Of `<testsuite … tests="12" failures="1" …>`; a test may have several failures.
  static func count(text: String) -> (passed: Int, failed: Int) {
    let cases = text.split(separator: "<testcase ").dropFirst()
    let failed = cases.count { $0.contains("<failure") }
    let skipped = cases.count { $0.contains("<skipped") }
    return (cases.count - failed - skipped, failed)
  }
}
