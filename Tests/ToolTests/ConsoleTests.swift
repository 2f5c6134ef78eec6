import JSON
import Testing

@testable import souk

@Suite struct TableTests {
  @Test func columnsAreAsWideAsTheirWidestCell() {
    var table = Table(["function": .left, "requests": .right])
    table.add(["auth", "7"])
    table.add(["notifications", "1234567890"])
    #expect(
      table.render() == """
        function         requests
        auth                    7
        notifications  1234567890
        """)
  }

  @Test func anEmptyLastCellLeavesNoBlanks() {
    var table = Table(["a": .left, "b": .left])
    table.add(["x", ""])
    #expect(table.render() == "a  b\nx")
  }
}

@Suite struct ArgumentsTests {
  @Test func flagsOptionsAndWordsAreToldApart() throws {
    var arguments = Arguments(["auth", "-f", "--port", "9", "-n=3", "--port=10"])
    let (follows, again) = (arguments.flag("-f", "--follow"), arguments.flag("-f"))
    #expect(follows && !again)
    let (port, count) = (
      try arguments.number("--port", in: 1...100), try arguments.option("-n")
    )
    #expect(port == 10)
    #expect(count == "3")
    let rest = try arguments.rest(atMost: 1)
    #expect(rest == ["auth"])
  }

  @Test(arguments: [["--port"], ["--port", "0"], ["--port", "x"], ["--porto"], ["a", "b"]])
  func whatIsNotUnderstoodIsRefused(_ words: [String]) {
    var arguments = Arguments(words)
    #expect(throws: UsageError.self) {
      _ = try arguments.number("--port", in: 1...100)
      _ = try arguments.rest(atMost: 1)
    }
  }
}

@Suite struct ProgressTests {
  @Test(arguments: [
    Progress.began("Postgres"), .done("Functions auth, users"), .failed("nginx: no: port"),
    .started,
  ])
  func aLineIsReadAsWritten(_ progress: Progress) {
    #expect(Progress(line: progress.line) == progress)
  }

  @Test func anotherLineIsNone() { #expect(Progress(line: "hello") == nil) }
}

@Suite struct PrettyJSONTests {
  @Test func levelsAreIndented() {
    let value: JSONValue = ["a": [1, ["b": "x\n"]], "c": [], "d": .object(JSONObject())]
    #expect(
      PrettyJSON.render(value) == """
        {
          "a": [
            1,
            {
              "b": "x\\n"
            }
          ],
          "c": [],
          "d": {}
        }
        """)
  }
}

@Suite struct APICallTests {
  @Test(arguments: [
    ("/users/me", "/api/v1/users/me"), ("users/me", "/api/v1/users/me"),
    ("/api/v1/users/me", "/api/v1/users/me"), ("/health/ready", "/health/ready"),
    ("/metrics", "/metrics"), ("/.well-known/jwks.json", "/.well-known/jwks.json"),
  ])
  func aShortPathIsCompleted(_ path: String, _ expected: String) {
    #expect(APICall.absolute(path) == expected)
  }

  @Test func aBodyThatIsNoJSONIsRefused() {
    #expect(throws: UsageError.self) { try APICall.json("{\"a\": 1") }
  }
}

@Suite struct TestReportTests {
  @Test func casesAreCountedOnce() {
    let counted = TestReport.count(
      text: """
        <testsuites><testsuite name="TestResults" errors="0" tests="4" failures="3">
        <testcase classname="A" name="a()" time="0.1" />
        <testcase classname="A" name="b()" time="0.1"><failure message="1"/><failure message="2"/>
        </testcase>
        <testcase classname="A" name="c()" time="0.1"><skipped /></testcase>
        <testcase classname="A" name="d()" time="0.1" />
        """)
    #expect(counted.passed == 2)
    #expect(counted.failed == 1)
  }
}
