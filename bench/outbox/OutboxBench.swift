import Core
import Outbox
import Postgres

/// How fast events get their positions and a consumer that does nothing gets its events, in one
/// thread: free, with somebody's transaction open all the time, and with a large backlog.
struct OutboxBench {
  private let free: Side
  private let held: Side

  /// Two databases of one server: a transaction that is held open keeps rows alive in its own only.
  init(free: String, held: String) throws {
    self.free = try Side(url: free)
    self.held = try Side(url: held)
  }

  /// Prints lines of `name value`, for who reads them to compare.
  func run(rounds: Int, events: Int, backlog: Int) throws {
    try held.database.transaction(isolation: .repeatableRead) { holder in
      _ = try holder.exchange(["SELECT pg_current_xact_id()"])
      for round in 0..<rounds {
        for side in round % 2 == 0 ? [free, held] : [held, free] {
          print(side === free ? "free" : "held", try side.round(events))
        }
      }
      print("dead_held", try held.store.deadRows())
      print("dead_free", try free.store.deadRows())
    }
    try free.store.write(backlog)
    let rates = try free.drainInParts(of: backlog / 10)
    print("backlog_first", rates.first ?? 0)
    print("backlog_last", rates.last ?? 0)
  }
}

/// One database with its writer and its consumer.
private final class Side {
  let database: Database
  let store: BacklogStore
  private let worker: Database
  private let drain: ConsumerDrain

  init(url: String) throws {
    database = Database(DatabaseSettings(url: url, idleInTransactionTimeout: .hours(1)))
    store = BacklogStore(database: Database(DatabaseSettings(url: url)))
    worker = Database(DatabaseSettings(url: url, plansOnce: true, waitsForDisk: false))
    drain = try ConsumerDrain(
      .ofMany(name: "bench", types: [BacklogStore.type]) { _, _ in }, database: worker,
      ids: IDSource())
    _ = try EventLog.rotate(keeping: .days(1), ahead: 3, in: store.database)
    _ = try take(.max)
  }

  /// Events a second.
  func round(_ events: Int) throws -> Int {
    try store.write(events)
    return try take(events)
  }

  func drainInParts(of events: Int) throws -> [Int] {
    var rates: [Int] = []
    while true {
      let rate = try take(events)
      guard rate > 0 else { return rates }
      rates.append(rate)
    }
  }

  /// Until so many were given, or none are left. Events a second; 0 when there were none.
  private func take(_ most: Int) throws -> Int {
    let start = Clock.monotonicNanoseconds()
    var given = 0
    while given < most {
      let placed = try EventLog.place(in: worker) ?? 0
      var isIdle = false
      while given < most, !isIdle {
        if case .moved(let count) = try drain.step() { given += count } else { isIdle = true }
      }
      if isIdle, placed == 0 { break }
    }
    let nanoseconds = Clock.monotonicNanoseconds() - start
    return given == 0 ? 0 : Int(Double(given) * 1e9 / Double(nanoseconds))
  }
}
