import Core
import Processes
import Testing

@testable import souk

/// What is shipped for cron and systemd.
@Suite struct DeployTests {
  private let folder = "\(repository)/deploy"

  @Test func theCrontabRunsATickEveryMinute() throws {
    let lines = try Files.readText("\(folder)/crontab").split(separator: "\n")
    let jobs = lines.filter { !$0.hasPrefix("#") && !$0.contains("=") }
    #expect(jobs.count == 1)
    #expect(jobs.first?.hasPrefix("* * * * * ") == true)
    #expect(jobs.first?.contains("souk tick --environment \(Self.settings) >>") == true)
    // Which would end the command there.
    #expect(jobs.first?.contains("%") == false)
  }

  private static let settings = "/etc/souk/environment"

  /// It does not start without them.
  @Test func theUnitReadsTheSameSettings() throws {
    let service = try Files.readText("\(folder)/souk-tick.service")
    #expect(service.contains("\nEnvironmentFile=\(Self.settings)\n"))
  }

  /// A settings file as shipped, and with what stands in its comments.
  @Test(arguments: [false, true])
  func theExampleOfSettingsCanBeRead(_ isWhole: Bool) throws {
    var text = try Files.readText("\(folder)/environment")
    if isWhole { text = text.replacing("\n#SOUK_", with: "\nSOUK_") }
    let settings = try EnvironmentFile.parse(text)
    #expect(settings["DATABASE_URL"]?.contains("?sslmode=verify-full&connect_timeout=") == true)
    #expect(settings["SOUK_MAIL_FROM"] == "Souk <post@souk.example>")
    #expect(settings.keys.contains("SOUK_SMS_URL") == isWhole)
    #expect(settings.values.allSatisfy { !$0.isEmpty })
  }

  @Test func systemdTakesTheUnits() throws {
    let verifier = "/usr/bin/systemd-analyze"
    guard Files.exists(verifier) else { return }
    let place = try Files.makeTemporaryDirectory("souk-units")
    let service = try Files.readText("\(folder)/souk-tick.service")
    let program = "/var/lib/souk/release/bin/souk tick"
    #expect(service.contains("ExecStart=\(program)\n"))
    // It wants the program to be there.
    let there = service.split(separator: "\n", omittingEmptySubsequences: false).map {
      $0.hasPrefix("ExecStart=") ? "ExecStart=/bin/true" : String($0)
    }
    try Files.write(
      Array(there.joined(separator: "\n").utf8), to: "\(place)/souk-tick.service")
    try Files.copy("\(folder)/souk-tick.timer", to: "\(place)/souk-tick.timer")
    let verdict = try ChildProcess.run(
      [verifier, "verify", "\(place)/souk-tick.service", "\(place)/souk-tick.timer"])
    #expect(verdict.status.isSuccess && verdict.text.isEmpty, "\(verdict.text)")
    try Files.remove(place)
  }
}
