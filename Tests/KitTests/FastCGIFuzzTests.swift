import FastCGI
import Foundation
import HTTP
import Processes
import Testing

private typealias Records = FastCGIRecords

/// Damaged, cut and random conversations from fixed seeds. `SOUK_FUZZ_CASES` asks for more of them.
@Suite struct FastCGIFuzzTests {
  private static let cases =
    ProcessInfo.processInfo.environment["SOUK_FUZZ_CASES"].flatMap { Int($0) } ?? 1000

  @Test(arguments: [11, 12, 13, 14] as [UInt64])
  func nothingThatIsSentBreaksAServer(_ seed: UInt64) throws {
    let workers = 3
    let gateway = Gateway()
    let server = try RunningServer(workers: workers) { request in
      if request.target == "/gateway" { gateway.pass() }
      return RunningServer.echo(request)
    }
    var random = SeededRandom(seed: seed)
    for _ in 0..<Self.cases { try talk(with: server, &random) }
    #expect(try server.get("/x").bodyText == "GET /x ")
    // No worker was lost: all of them are in a handler at once.
    let clients = try (0..<workers).map { _ in try server.client() }
    for client in clients { try client.send(Records.request("/gateway")) }
    #expect(probe(for: .seconds(60)) { gateway.waiting == workers ? true : nil } == true)
    gateway.open()
    for client in clients { #expect(try client.answer().bodyText == "GET /gateway ") }
  }

  /// Sends one conversation in pieces and hears it out, or goes away.
  private func talk(with server: RunningServer, _ random: inout SeededRandom) throws {
    let client = try server.client()
    var rest = Conversations.make(&random)[...]
    do {
      while !rest.isEmpty {
        let piece = rest.prefix(Int.random(in: 1...max(1, rest.count), using: &random))
        try client.send(Array(piece))
        rest = rest.dropFirst(piece.count)
      }
    } catch is FastCGIClient.Failure {
      return  // The server has had enough.
    }
    if Int.random(in: 0..<4, using: &random) == 0 { return }
    client.endSending()
    _ = try client.rest()
  }

  /// However the bytes are cut, the answer is the same.
  @Test func piecesMakeNoDifference() throws {
    let server = try RunningServer()
    var random = SeededRandom(seed: 20)
    let body = random.bytes(700)
    let request = Records.request("/p", method: "POST", body: body, headers: [("HTTP_X", "y")])
    for _ in 0..<200 {
      let client = try server.client()
      var rest = request[...]
      while !rest.isEmpty {
        let piece = rest.prefix(Int.random(in: 1...300, using: &random))
        try client.send(Array(piece))
        rest = rest.dropFirst(piece.count)
      }
      #expect(try client.answer().body == Array("POST /p ".utf8) + body)
    }
  }

  @Test func aClientMayGoAwayAtEveryByte() throws {
    let server = try RunningServer()
    let request = Records.request("/", method: "POST", body: [1, 2, 3], headers: [("HTTP_X", "y")])
    for count in 0...request.count {
      let client = try server.client()
      try client.send(Array(request.prefix(count)))
    }
    #expect(try server.get("/x").bodyText == "GET /x ")
  }

  /// What is sent to a process of its own leaves no descriptor and no memory behind.
  @Test func aProcessDoesNotGrow() throws {
    let function = try RunningFunction("ops")
    var random = SeededRandom(seed: 30)
    func round() throws {
      for _ in 0..<max(300, Self.cases / 2) {
        let client = try FastCGIClient(path: function.path)
        do {
          try client.send(Conversations.make(&random))
        } catch is FastCGIClient.Failure {
          continue
        }
        client.endSending()
        _ = try client.rest()
      }
      #expect(try function.get("/health/live").text.hasPrefix("Status: 200 "))
    }
    try round()
    try round()
    let descriptors = try function.descriptors()
    let memory = try function.residentKilobytes()
    for _ in 1...4 { try round() }
    let settled = probe(for: .seconds(60)) { () -> Bool? in
      do { return try function.descriptors() <= descriptors ? true : nil } catch { return nil }
    }
    #expect(settled == true)
    #expect(try function.residentKilobytes() < memory + 8192)
    #expect(try function.stop() == .exited(0))
  }
}

/// What a broken or hostile web server might say.
enum Conversations {
  static func make(_ random: inout SeededRandom) -> [UInt8] {
    switch Int.random(in: 0..<8, using: &random) {
    case 0: return random.bytes(Int.random(in: 0...300, using: &random))
    case 1, 2: return records(&random)
    default:
      var bytes = (0..<Int.random(in: 1...3, using: &random)).flatMap { _ in valid(&random) }
      for _ in 0..<Int.random(in: 1...4, using: &random) { damage(&bytes, &random) }
      return bytes
    }
  }

  private static func valid(_ random: inout SeededRandom) -> [UInt8] {
    let body = random.bytes(Int.random(in: 0...200, using: &random))
    return FastCGIRecords.request(
      ["/", "/health/live", "/a?b=c", "/%ff"].randomElement(using: &random) ?? "/",
      method: ["GET", "POST", "HEAD", "OPTIONS"].randomElement(using: &random) ?? "GET",
      body: body, announced: Bool.random(using: &random) ? nil : Int(random.next() % 500),
      headers: [("HTTP_X", String(repeating: "x", count: Int(random.next() % 300)))],
      id: UInt16(random.next() % 3 + 1), keep: Bool.random(using: &random))
  }

  private static func records(_ random: inout SeededRandom) -> [UInt8] {
    (0..<Int.random(in: 1...12, using: &random)).flatMap { _ -> [UInt8] in
      let kind = UInt8(random.next() % 13)
      let id = UInt16(random.next() % 3)
      if kind == 1 { return FastCGIRecords.begin(id: id, keep: Bool.random(using: &random)) }
      let content = random.bytes(Int(random.next() % 4) * Int(random.next() % 30))
      return FastCGIRecords.record(kind, id: id, content, padding: UInt8(random.next() % 256))
    }
  }

  private static func damage(_ bytes: inout [UInt8], _ random: inout SeededRandom) {
    guard !bytes.isEmpty else { return }
    let position = Int.random(in: 0..<bytes.count, using: &random)
    switch Int.random(in: 0..<6, using: &random) {
    case 0: bytes[position] = UInt8(truncatingIfNeeded: random.next())
    case 1: bytes[position] = [0, 1, 127, 128, 255].randomElement(using: &random) ?? 0
    case 2: bytes.insert(contentsOf: random.bytes(Int(random.next() % 20)), at: position)
    case 3: bytes.removeSubrange(position..<min(bytes.count, position + Int(random.next() % 20)))
    case 4: bytes.removeSubrange(position...)
    default: bytes += bytes[position...]
    }
  }
}
