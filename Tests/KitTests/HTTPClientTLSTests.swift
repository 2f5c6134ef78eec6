import Foundation
import HTTPClient
import Testing

/// `openssl s_server` with a certificate that nobody vouches for.
private final class SelfSignedServer {
  struct Failure: Error { let what: String }

  private(set) var port = 0
  private let server = Process()
  private let directory: URL

  init() throws {
    directory = FileManager.default.temporaryDirectory.appending(path: "tls-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
    let (key, certificate) = (directory.path + "/key", directory.path + "/certificate")
    let request = Process()
    try start(
      request,
      [
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
        "-keyout", key, "-out", certificate, "-subj", "/CN=localhost",
        "-addext", "subjectAltName=DNS:localhost",
      ])
    request.waitUntilExit()
    guard request.terminationStatus == 0 else { throw Failure(what: "no certificate") }

    let output = Pipe()
    server.standardOutput = output
    try start(
      server, ["s_server", "-accept", "127.0.0.1:0", "-www", "-key", key, "-cert", certificate])
    port = try readPort(output.fileHandleForReading)
  }

  private func start(_ process: Process, _ arguments: [String]) throws {
    process.executableURL = URL(filePath: "/usr/bin/openssl")
    process.arguments = arguments
    process.standardError = FileHandle.nullDevice
    try process.run()
  }

  /// From the line `ACCEPT 127.0.0.1:43627`.
  private func readPort(_ output: FileHandle) throws -> Int {
    var said = ""
    while !said.contains("ACCEPT") || !said.hasSuffix("\n") {
      let more = output.availableData
      guard !more.isEmpty else { throw Failure(what: said) }
      said += String(decoding: more, as: UTF8.self)
    }
    guard let digits = said.split(separator: ":").last,
      let port = Int(digits.trimmingCharacters(in: .whitespacesAndNewlines))
    else { throw Failure(what: said) }
    return port
  }

  deinit {
    if server.isRunning {
      // Not SIGTERM: the child inherits the signals that a thread of a test has blocked.
      kill(server.processIdentifier, SIGKILL)
      server.waitUntilExit()
    }
    do { try FileManager.default.removeItem(at: directory) } catch { print(error) }
  }
}

@Suite struct HTTPClientTLSTests {
  @Test func refusesACertificateThatNobodyVouchesFor() throws {
    let server = try SelfSignedServer()
    let client = HTTPClient(timeout: .seconds(10))
    let error = try #require(throws: HTTPClientError.self) {
      try client.send("GET", "https://localhost:\(server.port)/")
    }
    #expect(error.code == 60, "\(error)")
  }
}
