import Core
import HTTP
import JSON
import KitTesting
import Metrics
import Middleware
import Postgres
import Testing

extension Bazaar {
  /// What Prometheus is told of it.
  func gauge(_ name: String) throws -> String? {
    try Bazaar.ops(on: stack).send("GET", "/metrics", from: "").text
      .split(separator: "\n").first { $0.hasPrefix("\(name) ") }
      .map { String($0.split(separator: " ")[1]) }
  }
}

@Suite struct MetricsTests {
  @Test func isForTheMachineItself() throws {
    let stack = try TestStack()
    let ops = try Bazaar.ops(on: stack)
    for address in ["127.0.0.1", "::1", "unix:", ""] {
      #expect(ops.send("GET", "/metrics", from: address).status == 200, "\(address)")
    }
    for address in ["192.0.2.1", "10.0.0.1", "127.0.0.1.evil.example", "::ffff:192.0.2.1"] {
      #expect(
        ops.send("GET", "/metrics", from: address).isProblem(404, "not_found"), "\(address)")
    }
  }

  @Test func countsWhatAllFunctionsDid() throws {
    let bazaar = try Bazaar(rateScale: 1)
    let ops = try Bazaar.ops(on: bazaar.stack)
    let ana = try bazaar.register()
    for _ in 1...3 { _ = bazaar.profile(ana.access) }
    _ = bazaar.users.send("GET", "/api/v1/users/me")
    for _ in 1...22 { _ = bazaar.auth.send("POST", "/api/v1/auth/login", body: "{}") }
    let samples = try samples(ops)
    let profile = #"{function="users",route="get_profile",status="#
    #expect(samples["souk_requests_total\(profile)\"2xx\"}"] == "3")
    #expect(samples["souk_requests_total\(profile)\"4xx\"}"] == "1")
    #expect(
      samples[#"souk_requests_total{function="auth",route="register",status="2xx"}"#] == "1")
    #expect(samples[#"souk_rate_limited_total{function="auth"}"#].flatMap { Int($0) } ?? 0 >= 2)
    #expect(samples[#"souk_workers_busy{function="users"}"#] == "0")
    #expect(samples[#"souk_database_round_trips_total{function="users"}"#] == "5")
  }

  /// Nobody should have to hear of a mail server that is down from customers.
  @Test func tellsOfMailsThatDoNotGo() throws {
    let bazaar = try Bazaar()
    try bazaar.stack.database.database().execute(
      """
      INSERT INTO notifications.deliveries
        (id, event_id, user_id, channel, address, template, blanks, state, due_at, settled_at,
         created_at)
      SELECT md5('a' || n)::uuid, md5('b' || n)::uuid, md5('c')::uuid, 'mail', 'a@example.com',
             'order_confirmed', '{}', CASE WHEN n < 3 THEN 'pending' ELSE 'failed' END,
             CASE WHEN n < 3 THEN now() END, CASE WHEN n < 3 THEN NULL ELSE now() END,
             \(bazaar.stack.clock.clock.now - .minutes(90))
      FROM generate_series(1, 7) AS n
      """)
    let samples = try samples(Bazaar.ops(on: bazaar.stack))
    for (name, mail, sms) in [
      ("pending", "2", "0"), ("oldest_seconds", "5400", "0"), ("failed", "5", "0"),
    ] {
      #expect(samples["souk_deliveries_\(name){channel=\"mail\"}"] == mail)
      #expect(samples["souk_deliveries_\(name){channel=\"sms\"}"] == sms)
    }
  }

  /// The buckets of a histogram rise to its count.
  @Test func histogramsAddUp() throws {
    let bazaar = try Bazaar()
    let ops = try Bazaar.ops(on: bazaar.stack)
    let ana = try bazaar.register()
    for _ in 1...7 { _ = bazaar.profile(ana.access) }
    let text = ops.send("GET", "/metrics", from: "").text
    let labels = #"{function="users",route="get_profile""#
    let buckets = text.split(separator: "\n").filter {
      $0.hasPrefix("souk_request_duration_seconds_bucket\(labels)")
    }.compactMap { Int($0.split(separator: " ").last ?? "") }
    #expect(buckets.count == Layout.buckets.count + 1)
    #expect(buckets == buckets.sorted())
    #expect(buckets.last == 7)
    #expect(try samples(ops)["souk_request_duration_seconds_count\(labels)}"] == "7")
    let sum = try samples(ops)["souk_request_duration_seconds_sum\(labels)}"]
    #expect((Double(sum ?? "") ?? 0) > 0)
  }

  /// A function that ended is still told of, and goes on counting when it is started again.
  @Test func countsOutliveTheProcess() throws {
    let stack = try TestStack()
    let ops = try Bazaar.ops(on: stack)
    let key = #"souk_requests_total{function="users",route="unmatched",status="4xx"}"#
    for round in 1...3 {
      do {
        let users = try Bazaar.users(on: stack)
        _ = users.send("GET", "/nothing")
        _ = users.send("GET", "/nothing")
      }
      #expect(try samples(ops)[key] == "\(round * 2)")
      #expect(try samples(ops)[#"souk_process_starts_total{function="users"}"#] == "\(round)")
      #expect(try samples(ops)[#"souk_processes{function="users"}"#] == "0")
    }
  }

  @Test func withoutAFolderThereIsNothingToTell() throws {
    let stack = try TestStack(environment: ["SOUK_METRICS": ""])
    let ops = try Bazaar.ops(on: stack)
    _ = ops.send("GET", "/health/live")
    let answer = ops.send("GET", "/metrics", from: "")
    #expect(answer.status == 200)
    // How events, sagas and payments stand is known to the database.
    let known = [
      "# ", "souk_sagas{", "souk_provider_calls_given_up ", "souk_refunds_", "souk_payments_",
      "souk_deliveries_",
    ]
    let lines = answer.text.split(separator: "\n")
    #expect(lines.allSatisfy { line in known.contains { line.hasPrefix($0) } })
  }

  /// Reads the text as Prometheus does, and refuses what it would refuse.
  private func samples(_ ops: TestFunction) throws -> [String: String] {
    let answer = ops.send("GET", "/metrics", from: "127.0.0.1")
    #expect(answer.header("Content-Type") == "text/plain; version=0.0.4; charset=utf-8")
    var samples: [String: String] = [:]
    var types: [String: Substring] = [:]
    for line in answer.text.split(separator: "\n") {
      let words = line.split(separator: " ")
      if words[0] == "#" {
        if words[1] == "TYPE" {
          #expect(types[String(words[2])] == nil, "\(line)")
          types[String(words[2])] = words[3]
        }
        continue
      }
      try #require(words.count == 2, "\(line)")
      let name = String(words[0].prefix { $0 != "{" })
      let family = ["_bucket", "_sum", "_count"].first(where: name.hasSuffix).map {
        String(name.dropLast($0.count))
      }
      #expect(types[name] != nil || types[family ?? ""] == "histogram", "\(line)")
      #expect(Double(words[1]) != nil, "\(line)")
      #expect(samples.updateValue(String(words[1]), forKey: String(words[0])) == nil, "\(line)")
    }
    return samples
  }
}
