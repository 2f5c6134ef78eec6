import Core
import Glibc
import HTTPClient
import JSON
import KitTesting
import Processes
import Synchronization
import Testing
import Threads

/// A minute of shopping, or five, while everything is killed, again and again. Afterwards the books
/// are right, and nothing that was promised is missing.
@Suite(.marketplace, .serialized) struct ChaosTests {
  private static let clients = 32
  private static let time = Effort.of(Duration.seconds(60), long: .minutes(5))

  @Test func nothingPromisedIsLost() throws {
    let market = try market()
    let goods = try goods(market)
    let shoppers = try (0..<Self.clients).map { number in
      try Shopper(market.url, goods, token: try token(market, number))
    }
    let isOver = Flag()
    let threads = try shoppers.map { shopper in
      try WorkerThread { shopper.shop(until: isOver) }
    }
    let killed = try wreak(havoc: market)
    isOver.raise()
    for thread in threads { thread.join() }
    let promises = shoppers.flatMap(\.promises)
    print("chaos: \(killed.sorted { $0.key < $1.key }), \(promises.count) orders promised")
    #expect(promises.count > 100)
    // Providers are asked again, calls made again, refunds given: all of that takes its time.
    let hasEnded = try market.eventually(within: .seconds(180)) {
      try shoppers.allSatisfy { try $0.open().isEmpty }
    }
    let open = try shoppers.flatMap { try $0.open() }
    #expect(hasEnded, "\(open)")
    let isRight = try market.eventually(within: .seconds(120)) {
      try market.attempt(["audit"]).status.isSuccess
    }
    let books = try market.attempt(["audit"]).text
    #expect(isRight, "\(books)")
  }

  /// Kills something every few seconds. Returns how often what died.
  private func wreak(havoc market: Marketplace) throws -> [String: Int] {
    let victims: [(name: String, signal: Int32)] = [
      ("orders", SIGKILL), ("payments", SIGKILL), ("webhooks", SIGKILL), ("scheduler", SIGKILL),
      ("scheduler", SIGKILL), ("redis", SIGKILL), ("postgres", SIGINT), ("postgres", SIGQUIT),
    ]
    var killed: [String: Int] = [:]
    var random = SystemRandomNumberGenerator()
    let end = Clock.system.now + Self.time
    while Clock.system.now < end {
      Clock.pause(.milliseconds(Int64.random(in: 1500...4000, using: &random)))
      guard let victim = victims.randomElement(using: &random) else { continue }
      kill(try pid(of: victim.name), victim.signal)
      killed[victim.name, default: 0] += 1
    }
    return killed
  }

  private func goods(_ market: Marketplace) throws -> [String] {
    let answer = try market.send("GET", "/api/v1/products?limit=20&in_stock=true")
    return (answer.json["data"]?.array ?? []).compactMap { $0["variants"]?[0]?["id"]?.string }
  }

  private func token(_ market: Marketplace, _ number: Int) throws -> String {
    let answer = try market.register("shopper\(number)@example.com")
    return try #require(answer.json["data"]["access_token"]?.string, "\(answer.text)")
  }
}

private final class Flag: Sendable {
  private let raised = Atomic<Bool>(false)
  var isRaised: Bool { raised.load(ordering: .relaxed) }
  func raise() { raised.store(true, ordering: .relaxed) }
}

/// Somebody who shops without pause, and keeps what they were promised. One thread shops; it is
/// asked for its promises after that has ended.
private final class Shopper: Sendable {
  private let url: String
  private let goods: [String]
  private let token: String
  private let kept = Mutex<[Promise]>([])

  struct Promise: Sendable {
    let order: String
    var isCancelled = false
  }

  init(_ url: String, _ goods: [String], token: String) throws {
    self.url = url
    self.goods = goods
    self.token = token
  }

  var promises: [Promise] { kept.withLock { $0 } }

  func shop(until over: Flag) {
    let client = HTTPClient(timeout: .seconds(15))
    while !over.isRaised {
      guard let order = place(client) else { continue }
      kept.withLock { $0.append(Promise(order: order)) }
      if Int.random(in: 0..<5) == 0, cancel(order, client) {
        kept.withLock { $0[$0.count - 1].isCancelled = true }
      }
    }
  }

  /// Those of the promises that have not come to their end yet. Every one is to be there.
  func open() throws -> [String] {
    let client = HTTPClient(timeout: .seconds(15))
    return try promises.compactMap { promise in
      let answer = try #require(send("GET", "/orders/\(promise.order)", nil, client))
      let status = answer.json["data"]["status"]?.string ?? answer.text
      let ends: Set =
        promise.isCancelled
        ? ["cancelled"] : ["paid", "processing", "payment_failed", "cancelled"]
      return ends.contains(status) ? nil : "\(promise): \(status)"
    }
  }

  /// With one key until there is an answer that says yes or no.
  private func place(_ client: HTTPClient) -> String? {
    let methods = ["approve", "approve", "decline", "slow", "twice", "early"]
    let method = methods.randomElement() ?? "approve"
    let payment =
      Int.random(in: 0..<6) == 0
      ? #"{"provider":"cod"}"# : #"{"provider":"sandbox","method":"\#(method)"}"#
    let body = """
      {"items":[{"variant_id":"\(goods.randomElement() ?? "")","quantity":1}],
      "address":{"recipient":"Ana","phone":"+84 90 123 4567","street":"12 Hang Bac",
      "city":"Ha Noi","country":"VN"},"payment":\(payment)}
      """
    let key = "\(UInt64.random(in: 0 ... .max))"
    for _ in 0..<60 {
      let answer = send("POST", "/orders", body, client, key: key)
      if answer?.status == 201 { return answer?.json["data"]["id"]?.string }
      if let status = answer?.status, (400..<500).contains(status),
        answer?.code != "idempotency_in_progress"
      {
        return nil
      }
      Clock.pause(.milliseconds(200))
    }
    return nil
  }

  private func cancel(_ order: String, _ client: HTTPClient) -> Bool {
    send("POST", "/orders/\(order)/cancel", "{}", client)?.status == 200
  }

  /// Nil when nobody answered.
  private func send(
    _ method: String, _ path: String, _ body: String?, _ client: HTTPClient, key: String? = nil
  ) -> Answer? {
    var headers = [("Authorization", "Bearer \(token)")]
    if body != nil { headers.append(("Content-Type", "application/json")) }
    if let key { headers.append(("Idempotency-Key", key)) }
    do {
      return Answer(
        try client.send(
          method, "\(url)/api/v1\(path)", headers: headers, body: body.map { Array($0.utf8) }))
    } catch {
      return nil
    }
  }
}
