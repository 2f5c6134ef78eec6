internal import Core

/// What the counters of one function say at this moment.
package struct Snapshot: Sendable {
  package let function: String
  package let routes: [RouteCounts]
  package let counters: [Layout.Counter: Int]
  package let processes: Int
  package let workers: Int
  package let busyWorkers: Int

  package struct RouteCounts: Sendable {
    package let name: String
    /// 1xx to 5xx.
    package let statusClasses: [Int]
    package let microseconds: Int
    package let buckets: [Int]

    package var requests: Int { statusClasses.reduce(0, +) }
  }

  package var requests: Int { routes.reduce(0) { $0 + $1.requests } }

  /// Nil when the file is no metrics file.
  package init?(function: String, path: String) throws {
    self.init(function: function, bytes: try Files.read(path))
  }

  init?(function: String, bytes: [UInt8]) {
    func word(at offset: Int) -> Int {
      var value: UInt64 = 0
      for byte in bytes[offset..<offset + 8].reversed() { value = value << 8 | UInt64(byte) }
      return Int(truncatingIfNeeded: value)
    }
    guard bytes.count >= Layout.headerBytes, word(at: 0) == Int(Layout.magic) else { return nil }
    let count = word(at: 8)
    guard (0...1024).contains(count), bytes.count == Layout.bytes(routes: count) else { return nil }
    func counter(_ index: Int) -> Int {
      word(at: Layout.wordsOffset(routes: count) + index * 8)
    }
    self.function = function
    routes = (0..<count).map { index in
      let name = bytes[(Layout.headerBytes + index * Layout.nameBytes)...].prefix(Layout.nameBytes)
      let start = Layout.route(index)
      let buckets = start + Layout.statusClasses + 1
      return RouteCounts(
        name: String(decoding: name.prefix { $0 != 0 }, as: UTF8.self),
        statusClasses: (start..<start + Layout.statusClasses).map(counter),
        microseconds: counter(start + Layout.statusClasses),
        buckets: (buckets...buckets + Layout.buckets.count).map(counter))
    }
    counters = Dictionary(
      uniqueKeysWithValues: Layout.Counter.allCases.map { ($0, counter(Layout.counter($0))) })
    let living = (0..<Layout.processSlots).map(Layout.process).filter {
      counter($0) != 0 && ProcessProbe.isAlive(Int32(truncatingIfNeeded: counter($0)))
    }
    processes = living.count
    workers = living.reduce(0) { $0 + counter($1 + 1) }
    busyWorkers = living.reduce(0) { $0 + max(0, counter($1 + 2)) }
  }
}
