import Core
import Processes
import Testing

/// What is shipped for cron and systemd.
@Suite struct DeployTests {
  private let folder = "\(repository)/deploy"

  @Test func theCrontabRunsATickEveryMinute() throws {
    let lines = try Files.readText("\(folder)/crontab").split(separator: "\n")
    let jobs = lines.filter { !$0.hasPrefix("#") && !$0.contains("=") }
    #expect(jobs.count == 1)
    #expect(jobs.first?.hasPrefix("* * * * * ") == true)
    #expect(jobs.first?.contains("souk tick ") == true)
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
