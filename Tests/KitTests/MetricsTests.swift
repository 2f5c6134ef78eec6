import Core
import KitTesting
import Metrics
import Processes
import Testing

@Suite struct MetricsTests {
  private let folder: TemporaryFolder
  private var path: String { "\(folder.path)/users.metrics" }

  init() throws { folder = try TemporaryFolder("souk-metrics") }

  private func snapshot() throws -> Snapshot {
    try #require(try Snapshot(function: "users", path: path))
  }

  @Test func manyThreadsAndProcessesAddExactly() async throws {
    let path = path
    await withTaskGroup(of: Void.self) { group in
      for worker in 0..<4 {
        group.addTask {
          do {
            let recorder = try Recorder(path: path, routes: ["unmatched", "get_user"], workers: 2)
            for round in 0..<2500 {
              recorder.record(route: 1, status: 200 + worker % 2 * 204, microseconds: round)
              recorder.add(.databaseRoundTrips, 2)
            }
          } catch {
            Issue.record(error)
          }
        }
      }
    }
    let told = try snapshot()
    #expect(told.routes.map(\.name) == ["unmatched", "get_user"])
    #expect(told.routes[1].statusClasses == [0, 5000, 0, 5000, 0])
    #expect(told.routes[1].buckets.reduce(0, +) == 10_000)
    #expect(told.routes[1].microseconds == 4 * (2499 * 2500 / 2))
    #expect(told.counters[.databaseRoundTrips] == 20_000)
    #expect(told.counters[.starts] == 4)
    #expect(told.processes == 0, "all have ended")
  }

  @Test func countsOutliveWhoCounted() throws {
    for round in 1...3 {
      let recorder = try Recorder(path: path, routes: ["unmatched"], workers: 3)
      recorder.record(route: 0, status: 404, microseconds: 300)
      recorder.workerIsBusy(true)
      let told = try snapshot()
      #expect(told.requests == round)
      #expect(told.workers == 3 && told.busyWorkers == 1 && told.processes == 1)
    }
    #expect(try snapshot().busyWorkers == 0)
  }

  @Test func otherRoutesBeginAnew() throws {
    try Recorder(path: path, routes: ["unmatched", "a"], workers: 1)
      .record(route: 1, status: 200, microseconds: 1)
    _ = try Recorder(path: path, routes: ["unmatched", "b"], workers: 1)
    #expect(try snapshot().requests == 0)
    #expect(try snapshot().routes.map(\.name) == ["unmatched", "b"])
  }

  @Test func whatIsNoMetricsFileTellsNothing() throws {
    for bytes in [[], [1, 2, 3], [UInt8](repeating: 255, count: 4096)] {
      try Files.write(bytes, to: path)
      #expect(try Snapshot(function: "users", path: path) == nil)
    }
  }

  @Test func prometheusCanReadIt() throws {
    let recorder = try Recorder(path: path, routes: ["unmatched", "get_user"], workers: 4)
    for microseconds in [100, 251, 2_000_000, 9_000_000] {
      recorder.record(route: 1, status: 200, microseconds: microseconds)
    }
    let text = Exposition.render([try snapshot()])
    var samples: [String: String] = [:]
    for line in text.split(separator: "\n") where !line.hasPrefix("#") {
      let parts = line.split(separator: " ")
      try #require(parts.count == 2, "\(line)")
      #expect(samples.updateValue(String(parts[1]), forKey: String(parts[0])) == nil, "\(line)")
    }
    let name = "souk_request_duration_seconds"
    let labels = "function=\"users\",route=\"get_user\""
    #expect(samples["\(name)_bucket{\(labels),le=\"0.00025\"}"] == "1")
    #expect(samples["\(name)_bucket{\(labels),le=\"0.0005\"}"] == "2")
    #expect(samples["\(name)_bucket{\(labels),le=\"2.5\"}"] == "3")
    #expect(samples["\(name)_bucket{\(labels),le=\"+Inf\"}"] == "4")
    #expect(samples["\(name)_count{\(labels)}"] == "4")
    #expect(samples["\(name)_sum{\(labels)}"] == "11.000351")
    #expect(samples["souk_requests_total{\(labels),status=\"2xx\"}"] == "4")
    #expect(samples["souk_workers{function=\"users\"}"] == "4")
    for line in text.split(separator: "\n") where line.hasPrefix("# TYPE") {
      #expect(["counter", "gauge", "histogram"].contains(line.split(separator: " ")[3]))
    }
  }
}
