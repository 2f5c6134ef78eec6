import Core
import Crypto
import Foundation
import JSON
import Synchronization

/// What the tests of keys and tokens share.
enum CryptoFixture {
  final class ManualClock: Sendable {
    private let time: Mutex<Timestamp>

    init(_ start: Timestamp = Timestamp(seconds: 1_800_000_000)) { time = Mutex(start) }

    var clock: Core.Clock { Core.Clock { self.time.withLock { $0 } } }
    var now: Timestamp { time.withLock { $0 } }
    func advance(_ duration: Duration) { time.withLock { $0 = $0 + duration } }
  }

  /// A directory that is gone after the test.
  final class Directory: Sendable {
    let path: String

    init() throws {
      path = FileManager.default.temporaryDirectory.path + "/keys-\(Foundation.UUID().uuidString)"
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }

    deinit {
      do { try FileManager.default.removeItem(atPath: path) } catch { print("\(path): \(error)") }
    }

    func names() throws -> [String] {
      try FileManager.default.contentsOfDirectory(atPath: path).sorted()
    }

    func write(_ text: String, to name: String) throws {
      try Data(text.utf8).write(to: URL(filePath: "\(path)/\(name)"))
    }

    func remove(_ name: String) throws {
      try FileManager.default.removeItem(atPath: "\(path)/\(name)")
    }

    func mode(of name: String) throws -> Int? {
      let attributes = try FileManager.default.attributesOfItem(atPath: "\(path)/\(name)")
      return attributes[.posixPermissions] as? Int
    }
  }
}
