/// How a function's counters lie in its file: a header, the names of the routes, and 64-bit words
/// that only grow. Several processes add to them at once.
package enum Layout {
  static let magic: UInt64 = 0x736f_756b_6d74_7831  // "soukmtx1"
  static let headerBytes = 64
  static let nameBytes = 64

  /// Upper bounds in microseconds; one more bucket takes the rest.
  package static let buckets = [
    250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000,
    2_500_000, 5_000_000,
  ]

  /// Words of one route: five status classes, the sum of microseconds, the buckets.
  static let statusClasses = 5
  static let routeWords = statusClasses + 1 + buckets.count + 1

  /// Words of one process: its id, its workers, how many of them are busy.
  static let processSlots = 64
  static let processWords = 3

  package enum Counter: Int, CaseIterable, Sendable {
    case starts
    case databaseRoundTrips, databaseMicroseconds, databaseConnects
    case redisRoundTrips, redisMicroseconds, redisConnects
    case rateLimited, replays
  }

  static func wordsOffset(routes: Int) -> Int { headerBytes + routes * nameBytes }

  static func words(routes: Int) -> Int {
    Counter.allCases.count + processSlots * processWords + routes * routeWords
  }

  static func bytes(routes: Int) -> Int { wordsOffset(routes: routes) + words(routes: routes) * 8 }

  static func counter(_ counter: Counter) -> Int { counter.rawValue }
  static func process(_ slot: Int) -> Int { Counter.allCases.count + slot * processWords }
  static func route(_ index: Int) -> Int { process(processSlots) + index * routeWords }
}
