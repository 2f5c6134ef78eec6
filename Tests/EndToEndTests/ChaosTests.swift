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
    let complaints = Complaints()
    let staff = try staff(market, complaints)
    let stall = try stall(market)
    let shoppers = try (0..<Self.clients).map { number in
      Shopper(
        Caller(market.url, token: try token(market, number), to: complaints), staff, stall)
    }
    let isOver = Flag()
    let threads = try shoppers.map { shopper in
      try WorkerThread { shopper.shop(until: isOver) }
    }
    let killed = try wreak(havoc: market)
    isOver.raise()
    for thread in threads { thread.join() }
    let promises = shoppers.flatMap(\.promises)
    let kinds = Dictionary(grouping: promises, by: \.kind).mapValues(\.count)
    print("chaos: killed \(Self.text(killed)); promised \(Self.text(kinds))")
    print("chaos: clients saw \(Self.text(complaints.all))")
    #expect(complaints.inexcusable == [])
    for kind in ["order", "top-up", "refund", "parcel", "return"] {
      #expect(kinds[kind, default: 0] > 0, "nobody was promised a \(kind)")
    }
    #expect(kinds["order", default: 0] > 100)
    try expectKept(promises, market)
    let isRight = try market.eventually(within: .seconds(120)) {
      try market.attempt(["audit"]).status.isSuccess
    }
    let books = try market.attempt(["audit"]).text
    #expect(isRight, "\(books)")
  }

  /// Providers are asked again, calls made again, refunds given: all of that takes its time.
  private func expectKept(_ promises: [Promise], _ market: Marketplace) throws {
    // A token of now: the one before may have run out.
    let admin = Caller(market.url, token: try market.logIn("admin"))
    let client = HTTPClient(timeout: .seconds(15))
    var open = promises
    var faults: [String] = []
    let areKept = try market.eventually(within: .seconds(180)) {
      let found = open.map { ($0, $0.fault(seenBy: admin, over: client)) }.filter { $1 != nil }
      (open, faults) = (found.map(\.0), found.compactMap(\.1))
      return open.isEmpty
    }
    #expect(areKept, "\(faults)")
  }

  private static func text(_ counts: [String: Int]) -> String {
    counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
  }

  private struct Victim {
    let name: String
    let signal: Int32
  }

  private static let victims =
    [
      "orders", "payments", "webhooks", "cart", "catalog", "inventory", "notifications",
      "scheduler", "scheduler", "redis",
    ].map { Victim(name: $0, signal: SIGKILL) }
    + [SIGINT, SIGQUIT].map { Victim(name: "postgres", signal: $0) }

  /// Kills something every few seconds until the time is over, and each at least once, in another
  /// order each time. Redis hangs before it dies the first time. Returns how often what died.
  private func wreak(havoc market: Marketplace) throws -> [String: Int] {
    var killed: [String: Int] = [:]
    var deck = Self.victims.shuffled()
    var deaths = 0
    let end = Clock.system.now + Self.time
    while Clock.system.now < end || deaths < Self.victims.count {
      Clock.pause(.milliseconds(Int64.random(in: 1500...4000)))
      if deck.isEmpty { deck = Self.victims.shuffled() }
      let victim = deck.removeLast()
      let pid = try pid(of: victim.name)
      if victim.name == "redis", killed["redis"] == nil {
        try #require(kill(pid, SIGSTOP) == 0)
        Clock.pause(.milliseconds(Int64.random(in: 2000...3000)))
      }
      try #require(kill(pid, victim.signal) == 0, "\(victim.name) was not there")
      killed[victim.name, default: 0] += 1
      deaths += 1
    }
    #expect(Set(killed.keys) == Set(Self.victims.map(\.name)))
    return killed
  }

  // MARK: Who and what is there

  private func staff(_ market: Marketplace, _ complaints: Complaints) throws -> Staff {
    func caller(_ name: String) throws -> Caller {
      Caller(market.url, token: try market.logIn(name), to: complaints)
    }
    return Staff(
      seller: try caller("seller"), shipper: try caller("shipper"), admin: try caller("admin"))
  }

  /// The first of the demo's shops, with a tenth off everything.
  private func stall(_ market: Marketplace) throws -> Stall {
    let shops = try market.send("GET", "/api/v1/shops?limit=1")
    let shop = try #require(shops.json["data"]?[0]["id"].string, "\(shops.text)")
    let now = Clock.system.now
    let made = try market.send(
      "POST", "/api/v1/shops/\(shop)/promotions", token: try market.logIn("seller"),
      body: """
        {"name": "Chaos", "type": "percentage", "value": 10, "code": "CHAOS", "status": "active",
        "starts_at": "\(now - .hours(1))", "ends_at": "\(now + .hours(1))"}
        """)
    try #require(made.status == 201, "\(made.text)")
    let goods = try market.send(
      "GET", "/api/v1/products?limit=20&in_stock=true&shop_id=\(shop)"
    ).json["data"]?.array
    let price = try #require(goods?.first?["price"])
    return Stall(
      goods: (goods ?? []).compactMap { $0["variants"]?[0]?["id"]?.string }, code: "CHAOS",
      currency: try #require(price["currency"].string), price: try #require(price["amount"].integer)
    )
  }

  private func token(_ market: Marketplace, _ number: Int) throws -> String {
    let answer = try market.register("shopper\(number)@example.com")
    return try #require(answer.json["data"]["access_token"]?.string, "\(answer.text)")
  }
}

final class Flag: Sendable {
  private let raised = Atomic<Bool>(false)
  var isRaised: Bool { raised.load(ordering: .relaxed) }
  func raise() { raised.store(true, ordering: .relaxed) }
}
