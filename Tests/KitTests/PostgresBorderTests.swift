import Core
import Foundation
import KitTesting
import Postgres
import Synchronization
import Testing

/// What a client makes of a server that is none, or that lies.
@Suite struct PostgresBorderTests {
  private static let ready: [UInt8] = message("R", [0, 0, 0, 0]) + message("Z", [0x49])
  private static let scram = message("R", [0, 0, 0, 10] + Array("SCRAM-SHA-256".utf8) + [0, 0])

  private static func message(_ kind: Unicode.Scalar, _ body: [UInt8]) -> [UInt8] {
    [UInt8(ascii: kind), 0, 0, UInt8((body.count + 4) >> 8), UInt8((body.count + 4) & 255)] + body
  }

  private static func text(_ text: String, after kind: UInt8) -> [UInt8] {
    message("R", [0, 0, 0, kind] + Array(text.utf8))
  }

  /// The error of the first statement, when each thing that is said is answered in turn.
  private func error(_ answers: [[UInt8]]) throws -> PostgresError {
    let folder = try TemporaryFolder("border")
    let server = try ScriptedServer("\(folder.path)/.s.PGSQL.5432", answers)
    defer { server.stop() }
    let database = Database(
      DatabaseSettings(
        url: "postgresql:///x?host=\(folder.path)&password=sesame",
        connectTimeout: .milliseconds(300), statementTimeout: .milliseconds(10)))
    return try postgresError { try database.execute("SELECT 1") }
  }

  @Test(arguments: [
    [Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8)],
    [[]],
    [[0x52, 0xff, 0xff, 0xff, 0xff]],
    [[0x52, 0, 0, 0, 3]],
    [message("R", [0, 0])],
    [message("R", [0, 0, 0, 99])],
    [message("Z", [0x49])],
    [message("E", Array("SFATAL\0C28000\0Mgo away\0".utf8) + [0])],
    [message("E", Array("SFATAL".utf8))],
    // It lets us in without having shown that it knows the password.
    [scram, message("R", [0, 0, 0, 0]) + message("Z", [0x49])],
    [scram, text("r=another,s=QUJD,i=4096", after: 11)],
    [scram, text("r=,s=QUJD,i=4096", after: 11)],
    [scram, text("nothing", after: 11)],
    [text("v=QUJD", after: 12)],
  ])
  func isNotLetIn(_ answers: [[UInt8]]) throws {
    #expect(try error(answers).code == .connectFailed)
  }

  /// An answer that trickles in without an end does not hold a worker for ever.
  @Test func tricklesAnswer() throws {
    let folder = try TemporaryFolder("border")
    let notice = Self.message("N", [0])
    let server = try ScriptedServer(
      "\(folder.path)/.s.PGSQL.5432", [Self.ready, []], then: notice, every: 100_000)
    defer { server.stop() }
    let database = Database(
      DatabaseSettings(
        url: "postgresql:///x?host=\(folder.path)", statementTimeout: .milliseconds(10)))
    let error = try postgresError { try database.execute("SELECT 1") }
    #expect(error.code == .connectionLost && error.message.contains("no answer within"))
  }

  @Test(arguments: [
    message("T", [0, 1]),
    message("Z", [0x49]),
    message("1", []) + message("t", [0, 0]) + message("T", [0, 9, 0x61]),
    message("1", []) + message("t", [0, 0]) + message("n", []) + message("2", [])
      + message("D", [0, 1, 0, 0, 0, 1, 0]),
    message("E", [0x43]),
    message("1", []) + message("E", Array("SERROR\0C42601\0Mno\0".utf8) + [0]) + message("Z", [0]),
    [],
  ])
  func isNotBelieved(_ answer: [UInt8]) throws {
    let error = try error([Self.ready, answer])
    #expect(error.code == .connectionLost || error.sqlState == "42601")
  }
}

/// Says its lines, one for each thing that it hears, and then nothing more.
private final class ScriptedServer: Sendable {
  private let listener: Int32

  /// At last it says one thing again and again, if there is one, after so many microseconds each.
  init(
    _ path: String, _ lines: [[UInt8]], then forever: [UInt8] = [], every pause: UInt32 = 0
  ) throws {
    let listener = try Sockets.listen(unixPath: path)
    self.listener = listener
    Thread.detachNewThread {
      var entry = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
      guard unsafe poll(&entry, 1, 20_000) == 1 else { return }
      let client = accept(listener, nil, nil)
      defer { close(client) }
      var heard = [UInt8](repeating: 0, count: 4096)
      for line in lines {
        guard unsafe recv(client, &heard, heard.count, 0) > 0 else { return }
        guard !line.isEmpty else { break }
        _ = unsafe send(client, line, line.count, Int32(MSG_NOSIGNAL))
      }
      while !forever.isEmpty,
        unsafe send(client, forever, forever.count, Int32(MSG_NOSIGNAL)) > 0
      {
        usleep(pause)
      }
    }
  }

  func stop() { close(listener) }
}
