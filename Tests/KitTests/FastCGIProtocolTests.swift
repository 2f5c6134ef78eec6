import FastCGI
import HTTP
import Testing

private typealias Records = FastCGIRecords

/// What a web server may send beside plain requests, and what it may not.
@Suite struct FastCGIProtocolTests {
  private let server: RunningServer

  init() throws { server = try RunningServer() }

  private static let query = ["FCGI_MPXS_CONNS", "FCGI_MAX_CONNS", "FCGI_OTHER", "FCGI_MAX_REQS"]

  @Test func valuesAreToldEachOnce() throws {
    let client = try server.client()
    let once = Self.query.flatMap { Records.pair($0, "") }
    // As often as fits into a record: this is what libfcgi wrote past its buffer for.
    for names in [once, (0..<800).flatMap { _ in once }] {
      try client.send(Records.record(9, id: 0, names))
      let reply = try client.nextRecord()
      #expect(reply.kind == 10 && reply.id == 0)
      let expected =
        Records.pair("FCGI_MAX_CONNS", "768") + Records.pair("FCGI_MAX_REQS", "768")
        + Records.pair("FCGI_MPXS_CONNS", "0")
      #expect(reply.content == expected)
    }
    try client.send(Records.record(9, id: 0, []))
    #expect(try client.nextRecord().content.isEmpty)
    try client.send(Records.request("/"))
    #expect(try client.answer().bodyText == "GET / ")
  }

  @Test func unknownManagementRecordsAreNamed() throws {
    let client = try server.client()
    for kind: UInt8 in [0, 2, 5, 10, 77, 255] {
      try client.send(Records.record(kind, id: 0, [1, 2, 3], padding: 5))
      let reply = try client.nextRecord()
      #expect(reply.kind == 11 && reply.content == [kind, 0, 0, 0, 0, 0, 0, 0])
    }
  }

  @Test func managementAmidARequest() throws {
    let client = try server.client()
    let request = Records.request("/x")
    let begin = Records.begin()
    try client.send(begin + Records.record(9, id: 0, []) + request.dropFirst(begin.count))
    #expect(try client.nextRecord().kind == 10)
    #expect(try client.answer().bodyText == "GET /x ")
  }

  @Test func onlyRespondersAreServed() throws {
    for role: UInt8 in [0, 2, 3, 255] {
      let client = try server.client()
      let request = Records.request("/x")
      try client.send(Records.begin(role: role) + request.dropFirst(16))
      let refused = try client.answer()
      #expect(refused.status == 3 && refused.output.isEmpty)
      try client.send(Records.request("/y"))
      #expect(try client.answer().bodyText == "GET /y ")
      try client.send(Records.begin(keep: false, role: role))
      #expect(try client.answer().status == 3)
      #expect(try client.isClosed)
    }
  }

  @Test func aSecondRequestAtTheSameTimeIsRefused() throws {
    let client = try server.client()
    let first = Records.request("/first", id: 1)
    try client.send(Array(first.dropLast(8)))
    try client.send(Records.request("/second", id: 2))
    let refused = try client.nextRecord()
    #expect(refused.kind == 3 && refused.id == 2 && refused.content[4] == 1)
    try client.send(Array(first.suffix(8)))
    #expect(try client.answer().bodyText == "GET /first ")
  }

  @Test func anAbortedRequestEndsAndAnotherCanCome() throws {
    let client = try server.client()
    try client.send(Array(Records.request("/x").dropLast(8)) + Records.record(2, []))
    let aborted = try client.answer()
    #expect(aborted.status == 0 && aborted.output.isEmpty)
    try client.send(Records.record(2, id: 5, []) + Records.request("/y"))
    #expect(try client.answer().bodyText == "GET /y ")
    try client.send(Records.begin(keep: false) + Records.record(2, []))
    _ = try client.answer()
    #expect(try client.isClosed)
  }

  @Test func recordsOfNoRequestAreIgnored() throws {
    let client = try server.client()
    for kind: UInt8 in [2, 4, 5, 8, 6, 99] {
      try client.send(Records.record(kind, id: 7, [1, 2, 3]))
    }
    try client.send(Records.begin(id: 2) + Records.record(4, id: 3, [255]))
    try client.send(Array(Records.request("/x", id: 2).dropFirst(16)))
    #expect(try client.answer().bodyText == "GET /x ")
  }

  private static let broken: [(String, [UInt8])] = [
    ("version 0", [0, 1, 0, 1, 0, 8, 0, 0]),
    ("version 2", [2, 1, 0, 1, 0, 8, 0, 0]),
    ("text", Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8)),
    ("begin of no request", Records.record(1, id: 0, [0, 1, 0, 0, 0, 0, 0, 0])),
    ("short begin", Records.record(1, [0, 1, 0])),
    ("long begin", Records.record(1, [0, 1, 0, 0, 0, 0, 0, 0, 0])),
    ("begin twice", Records.begin() + Records.begin()),
    ("body before the parameters", Records.begin() + Records.record(5, [1])),
    ("end of body before the parameters", Records.begin() + Records.record(5, [])),
    (
      "parameters after their end", Records.begin() + Records.stream(4, []) + Records.record(4, [0])
    ),
    ("filter data", Records.begin() + Records.record(8, [1])),
    ("an answer", Records.begin() + Records.record(6, [1])),
    ("an unknown record of the request", Records.begin() + Records.record(99, [1])),
    ("a name without a value", Records.begin() + Records.stream(4, [1])),
    ("a name past the end", Records.begin() + Records.stream(4, [5, 0, 65])),
    ("a value past the end", Records.begin() + Records.stream(4, [1, 9, 65])),
    ("half a length", Records.begin() + Records.stream(4, [255, 255])),
    (
      "lengths of two gigabytes",
      Records.begin() + Records.stream(4, [255, 255, 255, 255, 255, 255, 255, 255, 65])
    ),
    ("a zero byte", Records.begin() + Records.stream(4, Records.pair("A", "b\0c"))),
    ("broken values asked", Records.record(9, id: 0, [200])),
    (
      "too many parameters",
      Records.begin()
        + Records.stream(4, (0..<10_000).flatMap { Records.pair("HTTP_X\($0)", "1234") })
    ),
  ]

  /// The end of the connection is the answer, and the only harm.
  @Test(arguments: 0..<broken.count)
  func faultsEndTheConnection(_ index: Int) throws {
    let (name, bytes) = Self.broken[index]
    let client = try server.client()
    do {
      try client.send(bytes)
    } catch is FastCGIClient.Failure {
      // Closed while the rest was still being sent.
    }
    #expect(try client.rest().isEmpty, "\(name)")
    #expect(try server.get("/x").bodyText == "GET /x ", "\(name)")
  }

  @Test func emptyNamesAndNothingAtAll() throws {
    let client = try server.client()
    try client.send(Records.begin() + Records.stream(4, []) + Records.stream(5, []))
    #expect(try client.answer().bodyText == "  ")
    let nothings = [UInt8](repeating: 0, count: 20_000)
    try client.send(Records.begin() + Records.stream(4, nothings) + Records.stream(5, []))
    #expect(try client.answer().bodyText == "  ")
  }
}
