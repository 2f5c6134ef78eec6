import Core
import Crypto
import Glibc
import KitTesting
import Processes

/// A function binary in a process of its own, without database or Redis, on a socket that the
/// test holds.
final class RunningFunction: Sendable {
  let path: String
  let process: ChildProcess
  private let folder: TemporaryFolder

  /// The tests' own program lies beside those of the functions.
  static func binary(_ name: String) -> String {
    let program = CommandLine.arguments[0]
    return program.lastIndex(of: "/").map { "\(program[..<$0])/\(name)" } ?? name
  }

  /// What every function needs to start.
  static func environment(in folder: String) throws -> [String: String] {
    try KeyRing.createIfEmpty(directory: "\(folder)/keys")
    return [
      "DATABASE_URL": "host=/nonexistent dbname=none", "REDIS_URL": "unix:///nonexistent",
      "SOUK_KEYS": "\(folder)/keys", "SOUK_SECRET": String(repeating: "s", count: 40),
      "SOUK_WORKERS": "2",
    ]
  }

  /// On a socket made by the function itself, or on `inherited` as its descriptor 0.
  init(
    _ name: String, inherited: (path: String, descriptor: Int32)? = nil,
    environment extra: [String: String] = [:]
  ) throws {
    folder = try TemporaryFolder("souk-fn")
    path = inherited?.path ?? "\(folder.path)/s"
    var environment = try Self.environment(in: folder.path).merging(extra) { $1 }
    var command = Command([Self.binary(name)])
    if let inherited {
      command.input = .descriptor(inherited.descriptor)
    } else {
      environment["SOUK_LISTEN"] = "unix:\(path)"
    }
    command.environment = environment
    command.errors = .file("\(folder.path)/log")
    process = try ChildProcess(command)
    let path = path
    let isUp: Bool? = try probe(for: .seconds(20)) { () throws -> Bool? in
      guard Files.exists(path), try self.log.contains("\"serving\"") else { return nil }
      return true
    }
    guard isUp == true else { throw try FastCGIClient.Failure(description: log) }
  }

  deinit { process.signal(SIGKILL) }

  var log: String {
    get throws {
      let log = "\(folder.path)/log"
      return Files.exists(log) ? try Files.readText(log) : ""
    }
  }

  func get(_ target: String) throws -> FastCGIClient.Answer {
    let client = try FastCGIClient(path: path)
    try client.send(FastCGIRecords.request(target, keep: false))
    return try client.answer()
  }

  func descriptors() throws -> Int { try Files.list("/proc/\(process.pid)/fd").count }

  func residentKilobytes() throws -> Int {
    let words = try Files.readText("/proc/\(process.pid)/statm").split(separator: " ")
    return (words.count > 1 ? Int(words[1]) ?? 0 : 0) * 4
  }

  func stop() throws -> ExitStatus { try process.stop(within: .seconds(10)) }
}
