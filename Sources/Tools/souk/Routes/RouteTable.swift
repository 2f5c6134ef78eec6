import Core
import HTTP
import JSON

/// `routes.json`, read and checked.
struct RouteTable {
  let functions: [Function]
  let routes: [Row]

  struct Function {
    let name: String
    let processes: Int
    let workers: Int
    let lanes: Int
    let idleExitSeconds: Int
  }

  struct Row {
    let spec: RouteSpec
    let function: String
    let also: [String]
    let line: Int

    var paths: [String] { [spec.path] + also }
  }

  /// Throws `RouteTableError` that names the line and what is wrong with it.
  init(text: String) throws {
    let document: JSONValue
    do {
      document = try JSONValue.parse(Array(text.utf8))
    } catch {
      let line = text.utf8.prefix(error.offset).count { $0 == 10 } + 1
      throw RouteTableError(line: line, "\(error.message)")
    }
    let lines = LineFinder(text)
    try Self.refuseUnknown(document, ["functions", "rates", "routes"], line: 1)
    functions = try Self.functions(document["functions"], lines)
    let rates = try Self.rates(document["rates"], lines)
    let rows = document["routes"]?.array ?? []
    let functionNames = Set(functions.map(\.name))
    routes = try rows.enumerated().map { index, row in
      let reader = RowReader(row, line: lines.row(index))
      return try reader.row(functions: functionNames, rates: rates)
    }
    try checkClashes()
  }

  func routes(of function: String) -> [Row] { routes.filter { $0.function == function } }

  private static func functions(_ value: JSONValue?, _ lines: LineFinder) throws -> [Function] {
    try (value?.object?.members ?? []).map { name, value in
      let line = lines.first(containing: "\"\(name)\"")
      try refuseUnknown(value, ["processes", "workers", "lanes", "idle_exit_seconds"], line: line)
      return Function(
        name: name,
        processes: try number(value, "processes", in: 1...64, line: line),
        workers: try number(value, "workers", in: 1...64, line: line),
        lanes: try number(value, "lanes", in: 1...64, line: line),
        idleExitSeconds: try number(value, "idle_exit_seconds", in: 0...86_400, line: line))
    }
  }

  private static func rates(_ value: JSONValue?, _ lines: LineFinder) throws -> [String: RateClass]
  {
    var rates: [String: RateClass] = [:]
    for (name, value) in value?.object?.members ?? [] {
      let line = lines.first(containing: "\"\(name)\":")
      try refuseUnknown(value, ["by", "count", "seconds", "burst"], line: line)
      guard let key = value["by"]?.string.flatMap(RateClass.Key.init(rawValue:)) else {
        throw RouteTableError(line: line, "'by' must be \"ip\" or \"user\"")
      }
      rates[name] = RateClass(
        name, by: key, count: try number(value, "count", in: 0...1_000_000, line: line),
        seconds: try number(value, "seconds", in: 1...86_400, line: line),
        burst: try number(value, "burst", in: 0...1_000_000, line: line))
    }
    return rates
  }

  static func refuseUnknown(_ value: JSONValue, _ known: Set<String>, line: Int) throws {
    for (name, _) in value.object?.members ?? [] where !known.contains(name) {
      throw RouteTableError(line: line, "unknown key '\(name)'")
    }
  }

  static func number(_ value: JSONValue, _ name: String, in range: ClosedRange<Int>, line: Int)
    throws -> Int
  {
    guard let number = value[name]?.integer.map({ Int($0) }), range.contains(number) else {
      throw RouteTableError(
        line: line, "'\(name)' must be a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// One path and method means one thing, and all methods of a path live in one function: nginx
  /// finds the function by the path alone.
  private func checkClashes() throws {
    var operations: [String: Int] = [:]
    var methods: [String: Int] = [:]
    var owners: [String: (function: String, line: Int)] = [:]
    for row in routes {
      if let line = operations.updateValue(row.line, forKey: row.spec.operation) {
        throw RouteTableError(
          line: row.line, "operation '\(row.spec.operation)' stands in line \(line) already")
      }
      for path in row.paths {
        let shape = Self.shape(of: path)
        if let line = methods.updateValue(row.line, forKey: "\(row.spec.method) \(shape)") {
          throw RouteTableError(
            line: row.line, "\(row.spec.method) \(path) stands in line \(line) already")
        }
        if let owner = owners[shape], owner.function != row.function {
          throw RouteTableError(
            line: row.line, "\(path) belongs to '\(owner.function)' (line \(owner.line))")
        }
        owners[shape] = (row.function, row.line)
      }
    }
  }

  /// Two paths that differ in the names of their values only are one.
  static func shape(of path: String) -> String {
    path.split(separator: "/").map { $0.hasPrefix("{") ? "{}" : String($0) }.joined(separator: "/")
  }
}

struct RouteTableError: Error, CustomStringConvertible {
  let description: String

  init(line: Int, _ reason: String) { description = "routes.json:\(line): \(reason)" }
}

/// Finds the lines that parsed values came from.
struct LineFinder {
  private let lines: [Substring]
  private let rows: [Int]

  init(_ text: String) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    self.lines = lines
    rows = lines.indices.filter { lines[$0].contains("\"method\"") }.map { $0 + 1 }
  }

  func row(_ index: Int) -> Int { index < rows.count ? rows[index] : lines.count }

  func first(containing text: String) -> Int {
    (lines.firstIndex { $0.contains(text) } ?? 0) + 1
  }
}
