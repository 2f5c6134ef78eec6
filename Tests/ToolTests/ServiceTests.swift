import Core
import Glibc
import Log
import Processes
import Testing

@testable import souk

/// A service with real processes.
@Suite struct ServiceTests {
  private let directory = TemporaryFolder()
  private let quiet = Logger(function: "test", write: { _ in })

  @Test func whatDiesIsStartedAgain() throws {
    let service = service("exec sleep 600")
    service.start()
    let first = try #require(service.process?.pid)
    service.process?.signal(SIGKILL)
    try tick(service) { service.restarts == 1 && service.state == .running }
    #expect(service.process?.pid != first)
    #expect(service.lastEnd == "signal 9")
    try stop(service)
  }

  @Test func itsLastWordsAreKept() throws {
    let service = service("echo 'no such key' >&2; exit 3")
    service.start()
    try tick(service) { service.restarts >= 2 }
    #expect(service.lastEnd == "exit status 3")
    #expect(service.lastWords == "no such key")
    try stop(service)
  }

  @Test func whatCannotBeStartedIsTriedAgain() throws {
    let service = Service(
      recipe { Command(["/nowhere/program"]) }, logPath: directory.file("log"), log: quiet)
    service.start()
    #expect(service.state == .waiting)
    try tick(service) { service.restarts == 1 }
    #expect(service.lastEnd?.contains("cannot be started") == true)
  }

  @Test func theIdleOneSleepsUntilAskedFor() throws {
    let service = service("exit 0", mayFallAsleep: true)
    service.start()
    try tick(service) { service.state == .asleep }
    #expect(!service.tick(isAskedFor: false))
    #expect(service.tick(isAskedFor: true))
    #expect(service.state == .running)
    #expect(service.restarts == 0)
    try stop(service)
  }

  @Test func aNewProcessTakesOverOnlyAfterProvingItself() throws {
    let service = service("exec sleep 600")
    service.start()
    let old = try #require(service.process)
    service.replace()
    let new = try #require(service.process)
    #expect(new.pid != old.pid)
    #expect(old.isRunning)
    try tick(service) { !old.isRunning }
    #expect(new.isRunning)
    #expect(service.process?.pid == new.pid)
    try stop(service)
  }

  @Test func theOldProcessStaysWhenTheNewOneDies() throws {
    let marker = directory.file("broken")
    let service = service("[ -e \(marker) ] && exit 4; echo up >&2; exec sleep 600")
    service.start()
    let old = try #require(service.process)
    try tick(service) { LogTail(service.logPath).lastLines(1) == "up" }
    try Files.write([], to: marker)
    service.replace()
    try tick(service) { service.predecessor == nil }
    #expect(service.process?.pid == old.pid)
    #expect(old.isRunning)
    #expect(service.restarts == 0)
    #expect(service.lastEnd?.contains("exit status 4") == true)
    try stop(service)
  }

  // MARK: Helpers

  private func recipe(
    mayFallAsleep: Bool = false, _ command: @escaping () throws -> Command
  ) -> Recipe {
    Recipe(
      name: "test", kind: .function, mayFallAsleep: mayFallAsleep,
      endings: [.init(signal: SIGTERM, patience: .seconds(5))], command: command)
  }

  private func service(_ script: String, mayFallAsleep: Bool = false) -> Service {
    let log = directory.file("log")
    let recipe = recipe(mayFallAsleep: mayFallAsleep) {
      var command = Command(["/bin/sh", "-c", script])
      command.errors = .file(log)
      command.inNewSession = true
      return command
    }
    return Service(recipe, logPath: log, log: quiet)
  }

  private func tick(_ service: Service, until isSo: () -> Bool) throws {
    let happened: Bool? = probe(for: .seconds(20)) {
      _ = service.tick(isAskedFor: false)
      return isSo() ? true : nil
    }
    try #require(happened == true)
  }

  private func stop(_ service: Service) throws {
    service.killAll()
    try #require(probe(for: .seconds(5)) { service.isGone ? true : nil } == true)
  }
}
