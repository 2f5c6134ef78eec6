import Core
import FastCGI
import Glibc
import HTTP
import KitTesting
import Processes
import Synchronization
import Testing

private typealias Records = FastCGIRecords

@Suite struct FastCGIServerTests {
  @Test func requestsOnOneKeptConnection() throws {
    let server = try RunningServer()
    let client = try server.client()
    for round in 1...20 {
      let body = Array("body \(round)".utf8)
      try client.send(
        Records.request("/a?b=\(round)", method: "POST", body: body, id: UInt16(round)))
      let answer = try client.answer()
      #expect(answer.status == 0)
      #expect(answer.text.hasPrefix("Status: 200 OK\r\nContent-Length: "))
      #expect(answer.bodyText == "POST /a?b=\(round) body \(round)")
    }
  }

  @Test func withoutTheKeepFlagTheConnectionClosesAfterTheAnswer() throws {
    let server = try RunningServer()
    let client = try server.client()
    try client.send(Records.request("/x", keep: false))
    #expect(try client.answer().bodyText == "GET /x ")
    #expect(try client.isClosed)
  }

  @Test func headersArriveAsParameters() throws {
    let long = String(repeating: "v", count: 5000)
    let server = try RunningServer { request in
      let field = Field(parameter: "HTTP_X")
      return Response(status: 200, body: Array("\(request[field] ?? "none")".utf8))
    }
    let client = try server.client()
    for value in ["", "é€𝄞", long] {
      try client.send(Records.request("/", headers: [("HTTP_X", value)]))
      #expect(try client.answer().bodyText == value)
    }
    try client.send(
      Records.begin() + Records.stream(4, Records.pair("HTTP_X", "") + [1, 1, 88, 255])
        + Records.stream(5, []))
    #expect(try client.answer().bodyText.isEmpty)
  }

  @Test func requestsSentAtOnceAreAnsweredInTurn() throws {
    let server = try RunningServer()
    let client = try server.client()
    try client.send((1...50).flatMap { Records.request("/\($0)", id: UInt16($0)) })
    for number in 1...50 { #expect(try client.answer().bodyText == "GET /\(number) ") }
  }

  @Test(arguments: [1, 3, 1000, 65_535])
  func largeBodies(_ recordBytes: Int) throws {
    let server = try RunningServer()
    let client = try server.client()
    let body = (0..<(recordBytes < 10 ? 5000 : 1 << 20)).map { UInt8(truncatingIfNeeded: $0) }
    let request = Records.request("/", method: "POST", announced: body.count)
    // The empty record at the end is replaced by the body in records of this size.
    try client.send(request.dropLast(8) + Records.stream(5, body, size: recordBytes))
    #expect(try client.answer().body == Array("POST / ".utf8) + body)
  }

  @Test func largeAnswers() throws {
    let server = try RunningServer { request in
      Response(
        status: 200, body: [UInt8](repeating: 7, count: Int(request.target.dropFirst()) ?? 0))
    }
    let client = try server.client()
    for count in [0, 1, 65_527, 65_528, 65_529, 1 << 20, 8 << 20] {
      try client.send(Records.request("/\(count)"))
      #expect(try client.answer().body == [UInt8](repeating: 7, count: count))
    }
  }

  /// What a handler leaves unread must not be taken for the next request.
  @Test func aRefusedBodyDoesNotTouchTheNextRequest() throws {
    let server = try RunningServer { request in
      request.method == "POST" ? Response(status: 413) : RunningServer.echo(request)
    }
    let client = try server.client()
    for size in [1, 100_000, 3 << 20] {
      let body = [UInt8](repeating: 1, count: size)
      try client.send(Records.request("/", method: "POST", body: body))
      #expect(try client.answer().text.hasPrefix("Status: 413 Content Too Large\r\n"))
      try client.send(Records.request("/after"))
      #expect(try client.answer().bodyText == "GET /after ")
    }
  }

  /// Three megabytes are more than is kept: the handler hears that the body is not there.
  @Test func aBodyOtherThanAnnounced() throws {
    let server = try RunningServer()
    let client = try server.client()
    let three = [UInt8](repeating: 1, count: 3 << 20)
    for (body, announced) in [([], 1), ([1, 2], 3), (three, three.count)] as [([UInt8], Int)] {
      try client.send(Records.request("/", method: "POST", body: body, announced: announced))
      #expect(try client.answer().text.hasPrefix("Status: 400 "))
    }
    try client.send(Records.request("/", method: "POST", body: [65, 66, 67], announced: 2))
    #expect(try client.answer().bodyText == "POST / AB")
  }

  /// Neither idle connections nor half-sent requests take a worker away.
  @Test func waitingConnectionsDoNotStarveTheWorkers() throws {
    let server = try RunningServer(workers: 2)
    let idle = try (0..<64).map { _ in try server.client() }
    for client in idle {
      try client.send(Records.request("/"))
      _ = try client.answer()
    }
    let halves = try (0..<8).map { _ in try server.client() }
    for client in halves { try client.send(Array(Records.request("/half").dropLast(4))) }
    for _ in 1...100 { #expect(try server.get("/x").bodyText == "GET /x ") }
    for client in halves {
      try client.send(Array(Records.request("/half").suffix(4)))
      #expect(try client.answer().bodyText == "GET /half ")
    }
    for client in idle {
      try client.send(Records.request("/again"))
      #expect(try client.answer().bodyText == "GET /again ")
    }
  }

  @Test func aSlowClientIsServedByteByByte() throws {
    let server = try RunningServer(workers: 1)
    let slow = try server.client()
    for byte in Records.request("/slow", method: "POST", body: [65]) {
      try slow.send([byte])
      if byte == 0 { #expect(try server.get("/fast").bodyText == "GET /fast ") }
    }
    #expect(try slow.answer().bodyText == "POST /slow A")
  }

  /// All workers are at work at once, and each of them has a handler of its own.
  @Test func everyWorkerServes() throws {
    let gateway = Gateway()
    let server = try RunningServer(workers: 5, lanes: 1) { request in
      gateway.pass()
      return RunningServer.echo(request)
    }
    let clients = try (0..<8).map { _ in try server.client() }
    for client in clients { try client.send(Records.request("/")) }
    #expect(probe(for: .seconds(60)) { gateway.waiting == 5 ? true : nil } == true)
    gateway.open()
    for client in clients { #expect(try client.answer().bodyText == "GET / ") }
  }

  /// One that takes no bytes holds its own worker and no other, and only while it is there.
  @Test func aClientThatDoesNotReadHoldsOneWorker() throws {
    let server = try RunningServer(workers: 2, lanes: 1) { request in
      Response(
        status: 200, body: [UInt8](repeating: 7, count: request.target == "/b" ? 8 << 20 : 1))
    }
    var deaf: FastCGIClient? = try server.client()
    try deaf?.send(Records.request("/b"))
    for _ in 1...20 { #expect(try server.get("/").body == [7]) }
    deaf = nil
    for _ in 1...20 { #expect(try server.get("/").body == [7]) }
  }

  @Test func moreConnectionsThanMayBeOpenWaitTheirTurn() throws {
    let server = try RunningServer(workers: 1, connectionsMax: 5)
    let busy = try server.client()
    // Many at once: the worker finds them all waiting.
    var waiting = try (0..<50).map { _ in try server.client() }
    for client in waiting + [busy] { try client.send(Records.request("/")) }
    var served = 0
    while !waiting.isEmpty {
      #expect(becomesTrue { waiting.contains { $0.hasNews } })
      let open = waiting.filter { $0.hasNews }
      #expect(open.count <= 5)
      for client in open { #expect(try client.answer().bodyText == "GET / ") }
      // Closing those lets the next in.
      waiting.removeAll { client in open.contains { $0 === client } }
      served += open.count
    }
    #expect(served == 50)
  }
}
