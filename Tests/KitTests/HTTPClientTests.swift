import Foundation
import HTTPClient
import Testing

@Suite struct HTTPClientTests {
  private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

  private func client(longestBody: Int = 1000) -> HTTPClient {
    HTTPClient(timeout: .seconds(10), longestBody: longestBody)
  }

  @Test func sendsExactlyWhatItIsTold() throws {
    let server = try TinyServer { _ in .bytes(Self.ok) }
    let headers = [("X-One", "1"), ("x-empty", ""), ("Content-Type", "application/json")]
    let url = server.origin + "/a/../b//c?q=%2F&r"
    let body = Array("{\"é\":1}".utf8)
    let response = try client().send("POST", url, headers: headers, body: body)
    #expect(response.status == 200)
    #expect(response.text == "ok")
    let lines = try #require(server.requestsSeen.first).components(separatedBy: "\r\n")
    #expect(lines[0] == "POST /a/../b//c?q=%2F&r HTTP/1.1")
    #expect(lines.contains("X-One: 1"))
    #expect(lines.contains("x-empty:"))
    #expect(lines.contains("Content-Type: application/json"))
    #expect(lines.contains("Content-Length: 8"))
    #expect(lines.last == "{\"é\":1}")
  }

  @Test(arguments: ["POST", "PUT", "PATCH", "DELETE", "GET", "OPTIONS"])
  func addsNothingToARequestWithoutABody(_ method: String) throws {
    let server = try TinyServer { _ in .bytes(Self.ok) }
    _ = try client().send(method, server.origin + "/")
    let lines = try #require(server.requestsSeen.first).components(separatedBy: "\r\n")
    let host = server.origin.dropFirst("http://".count)
    var expected = ["\(method) / HTTP/1.1", "Host: \(host)", "Accept: */*"]
    if method.hasPrefix("P") { expected.append("Content-Length: 0") }
    #expect(lines == expected + ["", ""])
  }

  @Test func sendsAZeroByteAndALargeBody() throws {
    let server = try TinyServer {
      .bytes("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n\($0.utf8.count)")
    }
    var body = [UInt8](repeating: 0x61, count: 2_000_000)
    body[1] = 0
    let text = try client().send("PUT", server.origin + "/", body: body).text
    #expect(try #require(Int(text)) > 2_000_000)
    #expect(server.requestsSeen[0].hasSuffix("a"))
    #expect(!server.requestsSeen[0].contains("Expect"))
  }

  @Test func readsStatusHeadersAndBody() throws {
    let text = """
      HTTP/1.1 100 Continue\r\nX-Early: 1\r\n\r\n\
      HTTP/1.1 404 Not Found\r\nContent-Type:  text/plain ; a=b \r\nSet-Cookie: a=1\r\n\
      set-cookie: b=2\r\nX-Nothing:\r\nTransfer-Encoding: chunked\r\n\r\n\
      3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n
      """
    let server = try TinyServer { _ in .bytes(text) }
    let response = try client().send("GET", server.origin + "/")
    #expect(response.status == 404)
    #expect(response.body == Array("abcdefg".utf8))
    #expect(response.header("CONTENT-type") == "text/plain ; a=b")
    #expect(response.header("x-nothing") == "")
    #expect(response.header("x-early") == nil)
    #expect(response.headers.filter { $0.name == "set-cookie" }.map(\.value) == ["a=1", "b=2"])
  }

  @Test func takesAHeadAnswerWithoutABody() throws {
    let server = try TinyServer { _ in
      .bytes("HTTP/1.1 200 OK\r\nContent-Length: 5000000\r\n\r\n")
    }
    let response = try client().send("HEAD", server.origin + "/")
    #expect(response.header("content-length") == "5000000")
    #expect(response.body.isEmpty)
  }

  @Test func keepsTheConnection() throws {
    let server = try TinyServer { _ in .bytes(Self.ok) }
    let client = client()
    for _ in 0..<3 { _ = try client.send("GET", server.origin + "/") }
    #expect(server.requestsSeen.count == 3)
    #expect(server.connectionsSeen == 1)
  }

  @Test func opensANewConnectionWhenTheServerClosedTheOldOne() throws {
    let server = try TinyServer { _ in .last(Self.ok) }
    let client = client()
    for _ in 0..<3 { #expect(try client.send("GET", server.origin + "/").status == 200) }
    #expect(server.connectionsSeen == 3)
  }

  @Test func goesOnAfterAFailure() throws {
    let server = try TinyServer {
      $0.hasPrefix("GET /bad") ? .last("nonsense\r\n\r\n") : .bytes(Self.ok)
    }
    let client = client()
    #expect(throws: HTTPClientError.self) { try client.send("GET", server.origin + "/bad") }
    #expect(try client.send("GET", server.origin + "/good").text == "ok")
  }

  @Test func speaksOverAUnixSocket() throws {
    let path = "/tmp/tiny-\(UUID().uuidString.prefix(8)).sock"
    let server = try TinyServer(unixSocket: path) { _ in .bytes(Self.ok) }
    let client = HTTPClient(timeout: .seconds(10), unixSocket: path)
    #expect(try client.send("GET", "http://souk.test/x").text == "ok")
    #expect(try #require(server.requestsSeen.first).contains("Host: souk.test\r\n"))
  }

  @Test func followsNoRedirect() throws {
    let server = try TinyServer { _ in
      .bytes("HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n")
    }
    let response = try client().send("GET", server.origin + "/")
    #expect(response.status == 302)
    #expect(response.header("location") == "/elsewhere")
    #expect(server.requestsSeen.count == 1)
  }
}

@Suite struct HTTPClientFailureTests {
  private func code(_ body: () throws -> HTTPClientResponse) throws -> Int {
    let error = try #require(throws: HTTPClientError.self) { try body() }
    #expect(!error.message.isEmpty)
    return error.code
  }

  @Test func givesUpWhenTheTimeIsOver() throws {
    let server = try TinyServer { _ in .silence }
    let client = HTTPClient(timeout: .milliseconds(50))
    let start = ContinuousClock.now
    #expect(try code { try client.send("GET", server.origin + "/") } == 28)
    #expect(ContinuousClock.now - start < .seconds(10))
    #expect(ContinuousClock.now - start >= .milliseconds(50))
  }

  @Test func givesUpInTheMiddleOfAnAnswer() throws {
    let server = try TinyServer { _ in
      .bytes("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
    }
    let client = HTTPClient(timeout: .milliseconds(50))
    #expect(try code { try client.send("GET", server.origin + "/") } == 28)
  }

  @Test func refusesABodyOverTheLimitWithOrWithoutALength() throws {
    let long = String(repeating: "x", count: 1001)
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n\(long)\r\n0\r\n\r\n"
    let counted = "HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n\(long)"
    let server = try TinyServer { .last($0.hasPrefix("GET /chunked") ? chunked : counted) }
    for path in ["/chunked", "/counted"] {
      let short = HTTPClient(timeout: .seconds(10), longestBody: 1000)
      #expect(try code { try short.send("GET", server.origin + path) } == 63)
      let enough = HTTPClient(timeout: .seconds(10), longestBody: 1001)
      #expect(try enough.send("GET", server.origin + path).body.count == 1001)
    }
  }

  @Test func refusesEndlessHeaders() throws {
    let header = "X-Long: \(String(repeating: "x", count: 50_000))\r\n"
    let server = try TinyServer { _ in
      .last("HTTP/1.1 200 OK\r\n\(String(repeating: header, count: 10))\r\n")
    }
    let client = HTTPClient(timeout: .seconds(10))
    #expect(throws: HTTPClientError.self) { try client.send("GET", server.origin + "/") }
  }

  @Test func saysThatNobodyListens() throws {
    let origin: String
    do { origin = try TinyServer { _ in .silence }.origin }
    let client = HTTPClient(timeout: .seconds(10))
    #expect(try code { try client.send("GET", origin + "/") } == 7)
    let nowhere = HTTPClient(timeout: .seconds(10), unixSocket: "/tmp/nobody-listens.sock")
    #expect(try code { try nowhere.send("GET", "http://localhost/") } == 7)
  }

  @Test func refusesWhatIsCutShort() throws {
    let server = try TinyServer { _ in
      .last("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort")
    }
    let client = HTTPClient(timeout: .seconds(10))
    #expect(try code { try client.send("GET", server.origin + "/") } == 18)
  }

  @Test func speaksOnlyHTTP() throws {
    let client = HTTPClient(timeout: .seconds(10))
    for url in ["file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", ""] {
      #expect([1, 3].contains(try code { try client.send("GET", url) }), "\(url)")
    }
  }

  @Test func letsNobodyAddHeadersOrLines() throws {
    let client = HTTPClient(timeout: .seconds(10))
    let url = "http://127.0.0.1:1/"
    for value in ["a\r\nX-Other: b", "a\nb", "a\u{0}b"] {
      #expect(try code { try client.send("GET", url, headers: [("X-A", value)]) } == 43)
      #expect(try code { try client.send("GET", url, headers: [(value, "a")]) } == 43)
      #expect(try code { try client.send(value, url) } == 43)
    }
    #expect(try code { try client.send("GET", url + "\u{0}") } == 43)
    #expect(try code { try client.send("", url) } == 43)
  }
}
