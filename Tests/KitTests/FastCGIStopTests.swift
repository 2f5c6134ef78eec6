import Core
import FastCGI
import Glibc
import HTTP
import KitTesting
import Processes
import Testing

private typealias Records = FastCGIRecords

@Suite struct FastCGIStopTests {
  /// One worker is held in a handler, so that everything else waits where it is.
  private func held(_ gateway: Gateway) -> @Sendable (Request) -> Response {
    { request in
      if request.target == "/held" { gateway.pass() }
      return RunningServer.echo(request)
    }
  }

  private func hold(_ server: RunningServer, at gateway: Gateway) throws -> FastCGIClient {
    let client = try server.client()
    try client.send(Records.request("/held"))
    #expect(probe(for: .seconds(60)) { gateway.waiting == 1 ? true : nil } == true)
    return client
  }

  @Test func whatRunsAndWhatWasSentIsAnswered() throws {
    let gateway = Gateway()
    let server = try RunningServer(workers: 1, held(gateway))
    let kept = try server.client()
    try kept.send(Records.request("/first"))
    _ = try kept.answer()
    let running = try hold(server, at: gateway)
    try kept.send(Records.request("/second"))
    server.stop()
    server.stop()
    gateway.open()
    #expect(try running.answer().bodyText == "GET /held ")
    #expect(try kept.answer().bodyText == "GET /second ")
    #expect(try running.isClosed && kept.isClosed)
    #expect(try server.ended() < .seconds(60))
  }

  /// The web server may just be writing to a connection it takes for open.
  @Test func idleConnectionsAreGivenTime() throws {
    // More than the test itself can need on a busy machine.
    let server = try RunningServer(grace: .seconds(60))
    let kept = try server.client()
    let silent = try server.client()
    try kept.send(Records.request("/"))
    _ = try kept.answer()
    server.stop()
    #expect(throws: FastCGIClient.Failure.self) {
      // Refused from the moment the workers have seen the stop.
      try probe(for: .seconds(60)) { () throws -> Bool? in
        _ = try server.client()
        return nil
      }
    }
    try kept.send(Records.request("/late"))
    #expect(try kept.answer().bodyText == "GET /late ")
    #expect(try kept.isClosed)
    silent.endSending()
    #expect(try silent.isClosed)
    #expect(try server.ended() < .seconds(60))
  }

  @Test func idleConnectionsAreNotWaitedForLong() throws {
    let server = try RunningServer(grace: .seconds(1))
    // Without the grace it would wait for the connection, which nobody closes.
    let idle = try server.client()
    try idle.send(Records.request("/"))
    _ = try idle.answer()
    server.stop()
    #expect(try server.ended() < .seconds(60))
  }

  /// Nobody else will accept what waits at a socket the server made.
  @Test func theBacklogOfAnOwnSocketIsServed() throws {
    let gateway = Gateway()
    let server = try RunningServer(workers: 1, held(gateway))
    let running = try hold(server, at: gateway)
    let waiting = try (0..<30).map { _ in try server.client() }
    for client in waiting { try client.send(Records.request("/waited")) }
    server.stop()
    gateway.open()
    for client in waiting { #expect(try client.answer().bodyText == "GET /waited ") }
    #expect(try running.answer().bodyText == "GET /held ")
    try server.ended()
    #expect(!Files.exists(server.path))
  }

  @Test func theBacklogOfAnInheritedSocketIsTheSuccessors() throws {
    let folder = try TemporaryFolder("souk-fcgi")
    let path = "\(folder.path)/s"
    let socket = try Sockets.listen(unixPath: path)
    defer { close(socket) }
    let gateway = Gateway()
    let server = try RunningServer(workers: 1, inherited: (path, dup(socket)), held(gateway))
    let running = try hold(server, at: gateway)
    let waiting = try (0..<30).map { _ in try server.client() }
    for client in waiting { try client.send(Records.request("/waited")) }
    server.stop()
    gateway.open()
    #expect(try running.answer().bodyText == "GET /held ")
    try server.ended()
    let successor = try RunningServer(inherited: (path, dup(socket))) { _ in
      Response(status: 200, body: Array("successor".utf8))
    }
    for client in waiting { #expect(try client.answer().bodyText == "successor") }
    for client in waiting { client.endSending() }
    successor.stop()
    try successor.ended()
    #expect(Files.exists(path))
  }

  /// A restart may begin the new before the old is gone.
  @Test func theSocketOfASuccessorStays() throws {
    let folder = try TemporaryFolder("souk-fcgi")
    let address = "unix:\(folder.path)/s"
    let old = try Server(listener: FastCGI.Listener(address: address), workers: 1)
    let new = try FastCGI.Listener(address: address)
    old.stop()
    try old.run { _ in { .now(RunningServer.echo($0)) } }
    #expect(Files.exists("\(folder.path)/s"))
    let server = try Server(listener: new, workers: 1)
    server.stop()
    try server.run { _ in { .now(RunningServer.echo($0)) } }
    #expect(!Files.exists("\(folder.path)/s"))
  }

  @Test func anIdleServerEndsByItself() throws {
    let server = try RunningServer(idleExit: .milliseconds(700))
    for _ in 1...5 {
      #expect(try server.get("/").bodyText == "GET / ")
    }
    let ran = try server.ended()
    #expect(ran > .milliseconds(700) && ran < .seconds(60))
  }

  private struct Broken: Error {}

  @Test func aWorkerThatCannotStartEndsTheServer() throws {
    let folder = try TemporaryFolder("souk-fcgi")
    let server = try Server(
      listener: FastCGI.Listener(address: "unix:\(folder.path)/s"), workers: 3)
    #expect(throws: Broken.self) { try server.run { _ in throw Broken() } }
  }

  @Test func aCheckBesideThatFailsEndsTheServer() throws {
    let folder = try TemporaryFolder("souk-fcgi")
    let server = try Server(
      listener: FastCGI.Listener(address: "unix:\(folder.path)/s"), workers: 3)
    #expect(throws: Broken.self) {
      try server.run(alongside: { throw Broken() }, { _ in { .now(RunningServer.echo($0)) } })
    }
  }
}
