import Core
import FastCGI
import HTTP
import KitTesting
import Processes
import Synchronization
import Testing

private typealias Records = FastCGIRecords

/// Answers that are waited for, without holding a worker.
@Suite struct FastCGIWaitTests {
  /// What is waited for, for everybody whose target begins with "/wait".
  private final class News: Sendable {
    private let isThere = Atomic<Bool>(false)
    private let looks = Mutex<[String: Int]>([:])

    func arrive() { isThere.store(true, ordering: .relaxed) }

    func answer(_ request: Request, within time: Duration = .seconds(60)) -> Answer {
      let target = request.target
      guard target.hasPrefix("/wait") else { return .now(RunningServer.echo(request)) }
      let placed = Response(status: 201, body: Array("placed \(target)".utf8))
      return .later(
        AwaitedAnswer(placed, within: time) {
          self.looks.withLock { $0[target, default: 0] += 1 }
          guard self.isThere.load(ordering: .relaxed) else { return nil }
          return Response(status: 201, body: Array("paid \(target)".utf8))
        })
    }

    /// Whether it was looked for so many, each of them so often.
    func wasLookedFor(_ guests: Int, times: Int = 1) -> Bool {
      probe(for: .seconds(60)) {
        looks.withLock { $0.values.filter { $0 >= times }.count } >= guests ? true : nil
      } == true
    }
  }

  @Test(arguments: [1, 3]) func whoeverWaitsHoldsNoWorker(lanes: Int) throws {
    let news = News()
    let server = try RunningServer(workers: 1, lanes: lanes, answer: { news.answer($0) })
    let guests = try (0..<20).map { _ in try server.client() }
    for (number, guest) in guests.enumerated() {
      try guest.send(Records.request("/wait\(number)") + Records.request("/next\(number)"))
    }
    #expect(try server.get("/x").bodyText == "GET /x ")
    #expect(news.wasLookedFor(20, times: 3))
    #expect(try server.get("/x").bodyText == "GET /x ")
    news.arrive()
    for (number, guest) in guests.enumerated() {
      #expect(try guest.answer().bodyText == "paid /wait\(number)")
      #expect(try guest.answer().bodyText == "GET /next\(number) ")
    }
  }

  @Test func whenTheTimeIsOverThatIsSaidWhichIsKnown() throws {
    let news = News()
    let server = try RunningServer(answer: { news.answer($0, within: .milliseconds(30)) })
    #expect(try server.get("/wait").bodyText == "placed /wait")
  }

  @Test func aServerThatStopsLetsNobodyWait() throws {
    let news = News()
    let server = try RunningServer(answer: { news.answer($0) })
    let guest = try server.client()
    try guest.send(Records.request("/wait"))
    #expect(news.wasLookedFor(1))
    server.stop()
    #expect(try guest.answer().bodyText == "placed /wait")
    try server.ended()
  }

  @Test func whoFindsNoSeatIsAnsweredAtOnce() throws {
    let news = News()
    let server = try RunningServer(workers: 1, answer: { news.answer($0) })
    let guests = try (0..<128).map { _ in try server.client() }
    for (number, guest) in guests.enumerated() { try guest.send(Records.request("/wait\(number)")) }
    #expect(news.wasLookedFor(128))
    #expect(try server.get("/wait").bodyText == "placed /wait")
    news.arrive()
    for (number, guest) in guests.enumerated() {
      #expect(try guest.answer().bodyText == "paid /wait\(number)")
    }
  }

  /// Somebody who went away holds nothing up.
  @Test func aGuestMayLeave() throws {
    let news = News()
    let server = try RunningServer(workers: 1, answer: { news.answer($0) })
    do {
      let guest = try server.client()
      try guest.send(Records.request("/wait"))
      #expect(news.wasLookedFor(1))
    }
    news.arrive()
    #expect(try server.get("/x").bodyText == "GET /x ")
    server.stop()
    try server.ended()
  }
}
