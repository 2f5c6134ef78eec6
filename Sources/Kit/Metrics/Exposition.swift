/// The text Prometheus reads.
package enum Exposition {
  package static func render(_ snapshots: [Snapshot]) -> String {
    var text = ""
    requests(snapshots, &text)
    durations(snapshots, &text)
    for (counter, name, help) in counters { count(counter, name, help, snapshots, &text) }
    for (counter, name, help) in times { seconds(counter, name, help, snapshots, &text) }
    gauge("souk_processes", "Processes alive.", snapshots, \.processes, &text)
    gauge("souk_workers", "Workers of all processes.", snapshots, \.workers, &text)
    gauge("souk_workers_busy", "Workers serving a request.", snapshots, \.busyWorkers, &text)
    return text
  }

  private static let counters: [(Layout.Counter, String, String)] = [
    (.starts, "souk_process_starts_total", "Processes started, restarts among them."),
    (.databaseRoundTrips, "souk_database_round_trips_total", "Round trips to Postgres."),
    (.databaseConnects, "souk_database_connects_total", "Connections opened to Postgres."),
    (.redisRoundTrips, "souk_redis_round_trips_total", "Round trips to Redis."),
    (.redisConnects, "souk_redis_connects_total", "Connections opened to Redis."),
    (.rateLimited, "souk_rate_limited_total", "Requests refused by a rate limit."),
    (.replays, "souk_idempotent_replays_total", "Answers given again from storage."),
  ]

  private static let times: [(Layout.Counter, String, String)] = [
    (.databaseMicroseconds, "souk_database_seconds_total", "Time spent waiting for Postgres."),
    (.redisMicroseconds, "souk_redis_seconds_total", "Time spent waiting for Redis."),
  ]

  private static func requests(_ snapshots: [Snapshot], _ text: inout String) {
    header("souk_requests_total", "counter", "Requests answered.", &text)
    each(snapshots) { function, route in
      for (index, count) in route.statusClasses.enumerated() where count > 0 {
        text += "souk_requests_total{function=\"\(function)\",route=\"\(route.name)\","
        text += "status=\"\(index + 1)xx\"} \(count)\n"
      }
    }
  }

  private static func durations(_ snapshots: [Snapshot], _ text: inout String) {
    let name = "souk_request_duration_seconds"
    header(name, "histogram", "Time from reading a request to having its answer.", &text)
    each(snapshots) { function, route in
      guard route.requests > 0 else { return }
      let labels = "function=\"\(function)\",route=\"\(route.name)\""
      var sum = 0
      for (index, count) in route.buckets.enumerated() {
        sum += count
        let bound = index < Layout.buckets.count ? decimal(Layout.buckets[index]) : "+Inf"
        text += "\(name)_bucket{\(labels),le=\"\(bound)\"} \(sum)\n"
      }
      text += "\(name)_sum{\(labels)} \(decimal(route.microseconds))\n"
      text += "\(name)_count{\(labels)} \(sum)\n"
    }
  }

  private static func count(
    _ counter: Layout.Counter, _ name: String, _ help: String, _ snapshots: [Snapshot],
    _ text: inout String
  ) {
    header(name, "counter", help, &text)
    for snapshot in snapshots {
      text += "\(name){function=\"\(snapshot.function)\"} \(snapshot.counters[counter] ?? 0)\n"
    }
  }

  private static func seconds(
    _ counter: Layout.Counter, _ name: String, _ help: String, _ snapshots: [Snapshot],
    _ text: inout String
  ) {
    header(name, "counter", help, &text)
    for snapshot in snapshots {
      let value = decimal(snapshot.counters[counter] ?? 0)
      text += "\(name){function=\"\(snapshot.function)\"} \(value)\n"
    }
  }

  private static func gauge(
    _ name: String, _ help: String, _ snapshots: [Snapshot], _ value: (Snapshot) -> Int,
    _ text: inout String
  ) {
    header(name, "gauge", help, &text)
    for snapshot in snapshots {
      text += "\(name){function=\"\(snapshot.function)\"} \(value(snapshot))\n"
    }
  }

  private static func header(_ name: String, _ type: String, _ help: String, _ text: inout String) {
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
  }

  private static func each(_ snapshots: [Snapshot], _ body: (String, Snapshot.RouteCounts) -> Void)
  {
    for snapshot in snapshots { for route in snapshot.routes { body(snapshot.function, route) } }
  }

  /// Microseconds as seconds, without floating point.
  private static func decimal(_ microseconds: Int) -> String {
    var fraction = String(microseconds % 1_000_000)
    fraction = String(repeating: "0", count: 6 - fraction.utf8.count) + fraction
    while fraction.hasSuffix("0") { fraction.removeLast() }
    let whole = microseconds / 1_000_000
    return fraction.isEmpty ? "\(whole)" : "\(whole).\(fraction)"
  }
}
