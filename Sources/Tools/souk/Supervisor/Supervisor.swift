import Core
import Glibc
import Log
import Processes

/// Owns all processes of a stack. It works in one thread, the main one: the kernel tells the
/// children that their parent is gone when the thread that started them is.
final class Supervisor {
  let home: Home
  let port: Int
  let log = Logger(function: "supervisor")
  let wakeups: Wakeups
  /// How soon it is noticed that the home was removed.
  private static let longestSleep = Duration.seconds(2)

  /// In the order they are started.
  private(set) var services: [Service] = []

  init(_ home: Home, port: Int) throws {
    self.home = home
    self.port = port
    wakeups = try Wakeups([SIGTERM, SIGINT, SIGHUP, SIGCHLD])
  }

  /// Starts the stack, keeps it running, and stops it on SIGTERM. Throws when it cannot be
  /// started, after stopping what was started.
  func run() throws {
    // Held until the process ends.
    guard let lock = try takeLock() else {
      throw Failure("another supervisor works in \(home.path)")
    }
    defer { withExtendedLifetime(lock) {} }
    do {
      try Leftovers.end(recordedIn: home.children)
      try Files.write(Array("\(getpid())\n".utf8), to: home.supervisorPID)
      try record()
      try start()
    } catch {
      log.error("the stack does not start", ["error": .text(Console.text(of: error))])
      stop()
      throw error
    }
    log.info("started", ["port": .number(port)])
    watch()
    stop()
    log.info("stopped", [:])
  }

  private func takeLock() throws -> FileLock? {
    try probe(for: .seconds(1)) { try FileLock(home.supervisorLock) }
  }

  /// Starts a service and writes down that it runs, before anything else can happen to us.
  func launch(_ recipe: Recipe) throws -> Service {
    let service = Service(recipe, logPath: home.log(of: recipe.name), log: log)
    services.append(service)
    service.start()
    try record()
    return service
  }

  func record() throws {
    try ChildrenFile(port: port, services: services).write(to: home.children)
  }

  /// Throws when somebody wants the stack to stop before it has started.
  func checkWanted() throws {
    guard wakeups.next(timeout: .zero).signals.isDisjoint(with: [SIGTERM, SIGINT]) else {
      throw Failure("told to stop while starting")
    }
  }

  // MARK: Watching

  private func watch() {
    // Somebody may have died while the others were being started.
    var timeout = Duration.zero
    while true {
      let occasion = wakeups.next(watching: listenersOfSleepers(), timeout: timeout)
      if !occasion.signals.isDisjoint(with: [SIGTERM, SIGINT]) { return }
      guard ownsHome() else { return log.error("the home was removed: stopping", [:]) }
      if occasion.signals.contains(SIGHUP) { restartAsRequested() }
      var hasChanged = occasion.signals.contains(SIGHUP)
      for service in services {
        let isAskedFor = service.recipe.listener.map(occasion.readable.contains) ?? false
        if service.tick(isAskedFor: isAskedFor) { hasChanged = true }
      }
      if hasChanged { recordOrComplain() }
      timeout = timeUntilDue()
    }
  }

  /// False when somebody removed the directory from under the stack: nobody could reach us there
  /// any more, and we would keep the port for ever.
  private func ownsHome() -> Bool {
    do {
      return try Files.readText(home.supervisorPID) == "\(getpid())\n"
    } catch {
      return !error.isMissing
    }
  }

  /// The sockets of functions that have no process left: what waits there wakes them. While one
  /// still runs, requests are its business.
  private func listenersOfSleepers() -> [Int32] {
    func listeners(where isMeant: (Service) -> Bool) -> Set<Int32> {
      Set(services.filter(isMeant).compactMap(\.recipe.listener))
    }
    return Array(
      listeners { $0.state == .asleep }.subtracting(listeners { $0.state != .asleep }))
  }

  private func timeUntilDue() -> Duration {
    guard let due = services.compactMap(\.dueAt).min() else { return Self.longestSleep }
    let now = Clock.monotonicNanoseconds()
    return min(Self.longestSleep, .nanoseconds(Int64(clamping: due > now ? due - now : 0)))
  }

  /// A full disk must not end a stack that runs.
  private func recordOrComplain() {
    guard ownsHome() else { return }
    do {
      try record()
    } catch {
      log.warning("the state cannot be written", ["error": .text("\(error)")])
    }
  }

  // MARK: Restarting

  /// Replaces the processes named in the request; all but the servers where there is none.
  private func restartAsRequested() {
    let names = requestedNames()
    for service in services where names.isEmpty || names.contains(service.recipe.name) {
      if service.recipe.kind != .server { service.replace() }
      // It replaces its workers itself.
      if service.recipe.name == "nginx" { service.process?.signal(SIGHUP, alone: true) }
    }
    log.info(
      "restarting", ["services": .text(names.isEmpty ? "all" : names.joined(separator: ","))])
  }

  private func requestedNames() -> [String] {
    guard Files.exists(home.restartRequest) else { return [] }
    do {
      let text = try Files.readText(home.restartRequest)
      try Files.remove(home.restartRequest)
      return text.split(separator: "\n").map(String.init)
    } catch {
      log.warning("the request to restart cannot be read", ["error": .text("\(error)")])
      return []
    }
  }

  // MARK: Stopping

  /// nginx first, so that requests on their way still find the functions; what others need last.
  private func stop() {
    for group in stoppingOrder() { stop(group) }
    recordOrComplain()
  }

  private func stoppingOrder() -> [[Service]] {
    func named(_ name: String) -> [Service] { services.filter { $0.recipe.name == name } }
    let functions = services.filter { $0.recipe.kind != .server }
    return [named("nginx"), functions, named("redis"), named("postgres")]
  }

  private func stop(_ group: [Service]) {
    for ending in group.first?.recipe.endings ?? [] {
      for service in group where !service.isGone { service.beginStopping(with: ending) }
      let areGone: Bool? = probe(for: ending.patience) {
        group.allSatisfy(\.isGone) ? true : nil
      }
      if areGone == true { break }
    }
    for service in group where !service.isGone {
      log.warning("killing a service that does not end", ["service": .text(service.recipe.name)])
      service.killAll()
    }
    let _: Bool? = probe(for: .seconds(5)) { group.allSatisfy(\.isGone) ? true : nil }
    for service in group { service.markStopped() }
  }
}
