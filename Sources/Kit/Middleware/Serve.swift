internal import Core
internal import FastCGI
internal import Glibc
internal import HTTP
internal import Lanes
internal import Log
internal import Postgres
internal import Threads

/// Runs a function until it is told to stop. Whatever keeps it from starting is one log line and
/// exit code 1. A function whose statements all find rows by keys has them planned once.
package func serve(
  _ function: String, _ routes: [Route], own: (any OwnSettings.Type)? = nil,
  plansOnce: Bool = false
) -> Never {
  let log = Logger(function: function)
  do {
    let environment = Environment.current()
    let shared = try SharedServices(
      function: function, settings: try FunctionSettings(environment, own: own),
      routes: routes.map(\.spec), ids: IDSource(), log: log, plansOnce: plansOnce)
    try run(routes, shared, environment)
    exit(0)
  } catch {
    log.error("the function cannot run", ["error": .text(String(reflecting: error))])
    exit(1)
  }
}

private func run(_ routes: [Route], _ shared: SharedServices, _ environment: Environment) throws {
  let makeResponder: @Sendable (Lanes) throws -> Responder = { lanes in
    let pipeline = Pipeline(routes, Services(shared, lanes: lanes))
    return { pipeline.answer($0) }
  }
  guard let listener = try Listener.inherited(environment) else {
    guard PlainCGI.isCalled(environment) else {
      throw SettingsError("no socket: set SOUK_LISTEN, or give a listening socket as descriptor 0")
    }
    PlainCGI.serve(environment, try makeResponder(Lanes()))
    return
  }
  let server = try Server(
    listener: listener, workers: shared.settings.workers, lanes: shared.settings.lanes)
  try Signals.onTermination { server.stop() }
  shared.log.info("serving", ["workers": .number(shared.settings.workers)])
  try server.run(
    idleExit: shared.settings.idleExit, alongside: { try SchemaCheck.isSettled(shared) },
    makeResponder)
  shared.log.info("stopped", [:])
}
