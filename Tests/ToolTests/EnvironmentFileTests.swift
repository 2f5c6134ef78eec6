import Core
import Testing

@testable import souk

/// What cron and systemd give the same scheduler.
@Suite struct EnvironmentFileTests {
  /// As systemd takes each of them, too.
  @Test(
    arguments: [
      ("A=b", "b"), ("A=", ""), ("  A= b \t", "b"), ("A=b\r", "b"),
      ("A=postgresql://u:p@h/db?a=1&b=2", "postgresql://u:p@h/db?a=1&b=2"),
      ("A=Souk <post@souk.example>", "Souk <post@souk.example>"),
      ("A=a$b `c` #d; %e", "a$b `c` #d; %e"), ("A=it's", "it's"),
      ("A='Souk <post@souk.example>'", "Souk <post@souk.example>"), ("A=\"b c\"", "b c"),
      ("A=' b'", " b"), ("A='a\\b\"c'", "a\\b\"c"), ("A=\"it's\"", "it's"), ("A=''", ""),
      ("A=1\nA=2", "2"), ("# A=1\n; A=1\n\nA=3\n", "3"),
    ])
  func aLineIsReadAsItStands(_ text: String, _ value: String) throws {
    #expect(try EnvironmentFile.parse(text) == ["A": value])
  }

  @Test(
    arguments: [
      "A", "=b", "export A=b", "A B=c", "1A=b", "A =b", "Ä=b", "A='b", "A=\"b", "A='b'c",
      "A='b' #c", "A='b''c'", "A=b\\", "A=\"a\\b\"", "A='", "# a comment that goes on \\",
    ])
  func whatSystemdWouldTakeApartIsRefused(_ line: String) throws {
    let fault = try #require(throws: EnvironmentFile.LineFault.self) {
      try EnvironmentFile.parse("A=1\n\n\(line)\nB=2")
    }
    #expect(fault.line == 3)
  }

  /// By whichever of its two names.
  @Test func theFileCountsBeforeTheProcess() {
    let process = Environment(["A": "1", "B_FILE": "/b", "C": "3", "D": "4", "D_FILE": "/d"])
    let both = process.under(["A_FILE": "/a", "B": "2", "D": "5"])
    #expect(both.all == ["A_FILE": "/a", "B": "2", "C": "3", "D": "5"])
    let twice = process.under(["A": "", "A_FILE": "/a"])
    #expect(twice.all["A"] == "" && twice.all["A_FILE"] == "/a" && twice.all["D"] == "4")
  }

  @Test func theLineIsNamedAndNotItsSecret() throws {
    let folder = try Files.makeTemporaryDirectory("souk-environment")
    try Files.write(Array("A=1\nSOUK_STRIPE_KEY='sk_live\n".utf8), to: "\(folder)/environment")
    let failure = try #require(throws: Failure.self) {
      try EnvironmentFile.read("\(folder)/environment")
    }
    #expect(failure.description.contains("environment, line 2: "))
    #expect(!failure.description.contains("sk_live"))
    #expect(throws: (any Error).self) { try EnvironmentFile.read("\(folder)/none") }
    try Files.remove(folder)
  }
}
