import Core
import Processes

extension ToolCommand {
  static let logs = ToolCommand(
    name: "logs", parameters: "[function] [-f] [-n 30]",
    summary: "show the last lines of one log or of all",
    details: """
      -f, --follow   go on with what is written from now on
      -n N           so many lines (default 30)

      Besides the functions there are scheduler, supervisor, nginx, postgres and redis.
      """
  ) { arguments in
    let follows = arguments.flag("-f", "--follow")
    let count = try arguments.number("-n", in: 1...100_000) ?? 30
    let names = try arguments.rest(atMost: 1)
    try LogReader(home: try Home.current(), chosen: names.first).show(count, follows: follows)
  }
}

/// Shows one log as it is, or all of them together with their names in front.
private struct LogReader {
  let home: Home
  let chosen: String?

  private struct Line {
    let name: String
    let text: String
    /// Text that sorts like the time.
    let time: String
  }

  func show(_ count: Int, follows: Bool) throws {
    let names = try names()
    var ends = try names.map { try Files.size(home.log(of: $0)) }
    var lines = try names.flatMap { try timed($0, count) }
    // A stable order: lines of the same moment stay as they were written.
    lines = lines.enumerated().sorted { ($0.1.time, $0.0) < ($1.1.time, $1.0) }.map(\.1)
    let width = names.map(\.count).max() ?? 0
    for line in lines.suffix(count) { say(line.name, line.text, width) }
    while follows {
      for (index, name) in names.enumerated() {
        ends[index] = try sayNews(of: name, from: ends[index], width)
      }
      let _: Bool? = probe(for: .milliseconds(200)) { nil }
    }
  }

  private func names() throws -> [String] {
    let known =
      Files.exists(home.logs)
      ? try Files.list(home.logs).filter { $0.hasSuffix(".log") }.map { String($0.dropLast(4)) }
      : []
    guard let chosen else { return known }
    guard known.contains(chosen) else {
      let list = known.isEmpty ? "none yet" : known.joined(separator: ", ")
      throw Failure("there is no log of '\(chosen)'; there are: \(list)")
    }
    return [chosen]
  }

  /// A line that tells no time of its own belongs to the one before it.
  private func timed(_ name: String, _ count: Int) throws -> [Line] {
    var time = ""
    return try LogTail(home.log(of: name)).lines(count).map { text in
      if let start = text.firstRange(of: "\"ts\":\"")?.upperBound {
        time = String(text[start...].prefix(24))
      }
      return Line(name: name, text: text, time: time)
    }
  }

  private func say(_ name: String, _ text: String, _ width: Int) {
    guard chosen == nil else { return Console.say(text) }
    let space = String(repeating: " ", count: max(0, width - name.count))
    Console.say("\(Style.faint.on("\(name)\(space) │")) \(text)")
  }

  /// Returns where the next news begin. A log that became shorter was begun anew.
  private func sayNews(of name: String, from offset: Int, _ width: Int) throws -> Int {
    let path = home.log(of: name)
    guard Files.exists(path) else { return 0 }
    let size = try Files.size(path)
    let start = size < offset ? 0 : offset
    let bytes = try Files.read(path, from: start, bytesMax: min(size - start, 1 << 20))
    // What stands after the last line break is still being written.
    guard let end = bytes.lastIndex(of: UInt8(ascii: "\n")) else { return start }
    for line in String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\n") {
      say(name, String(line), width)
    }
    return start + end + 1
  }
}
