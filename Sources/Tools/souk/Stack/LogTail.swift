import Core
import JSON

/// A log and its end.
struct LogTail {
  let path: String

  /// Enough for many lines, and little to read.
  private static let bytesMax = 256 << 10

  /// What a log may have grown to when its process starts.
  private static let keptMax = 50 << 20

  init(_ path: String) { self.path = path }

  /// Before a process starts: a log that has grown large is kept once more, as `….log.1`.
  func rotate() throws {
    guard Files.exists(path), try Files.size(path) > Self.keptMax else { return }
    try Files.move(path, to: "\(path).1")
  }

  /// The last whole lines, oldest first. Throws when the file is there and cannot be read.
  func lines(_ count: Int) throws -> [String] {
    guard Files.exists(path) else { return [] }
    let size = try Files.size(path)
    let start = max(0, size - Self.bytesMax)
    let bytes = try Files.read(path, from: start, bytesMax: size - start)
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    return lines.dropFirst(start > 0 ? 1 : 0).suffix(count).map(String.init)
  }

  /// For messages, in which a log that cannot be read is part of the message.
  func lastLines(_ count: Int) -> String {
    do {
      let lines = try lines(count)
      return lines.isEmpty
        ? "it wrote no log" : lines.map(Self.essence).joined(separator: " ⏎ ")
    } catch {
      return "\(error)"
    }
  }

  /// Of a line in JSON, what it says and why; any other line as it is.
  static func essence(of line: String) -> String {
    let document: JSONValue
    do {
      document = try JSONValue.parse(Array(line.utf8))
    } catch {
      return line
    }
    guard let message = document["msg"]?.string else { return line }
    return document["error"]?.string.map { "\(message): \($0)" } ?? message
  }
}
