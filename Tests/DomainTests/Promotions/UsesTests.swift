import Core
import KitTesting
import Postgres
import Promotions
import Testing

@Suite struct UsesTests {
  private let stall: Stall
  private let database: Database

  init() throws {
    stall = try Stall()
    database = stall.database.database()
  }

  private func promotion(total: Int? = nil, perCustomer: Int? = nil, status: String = "active")
    throws -> PromotionID
  {
    let id = IDSource().id(PromotionKind.self)
    try database.execute(
      """
      INSERT INTO promotions.promotions
        (id, shop_id, name, type, value, starts_at, ends_at, per_customer_limit, total_limit,
         status, created_at, updated_at)
      VALUES (\(id), \(stall.shop), 'P', 'value', 100, now() - interval '1 day',
              now() + interval '1 day', \(perCustomer), \(total), \(status), now(), now())
      """)
    return id
  }

  private func used(_ promotion: PromotionID) throws -> Int {
    try stall.count("SELECT p.used FROM promotions.promotions AS p WHERE p.id = \(promotion)")
  }

  private static func take(
    _ promotions: Set<PromotionID>, _ order: OrderID, _ customer: UserID, _ database: Database
  ) throws {
    try database.transaction {
      try Campaigns(ids: IDSource()).take(promotions, for: order, of: customer, in: $0)
    }
  }

  private func giveBack(_ order: OrderID) throws {
    try database.transaction { try Campaigns(ids: IDSource()).giveBack(order, in: $0) }
  }

  private func expectCountsToBeTrue() throws {
    let wrong = try stall.count(
      """
      SELECT count(*) FROM promotions.promotions AS p
      WHERE p.used <> (
          SELECT count(*) FROM promotions.uses AS u JOIN promotions.orders AS o USING (order_id)
          WHERE u.promotion_id = p.id AND o.state = 'taken')
        OR p.used <> (
          SELECT COALESCE(sum(c.used), 0) FROM promotions.customers AS c
          WHERE c.promotion_id = p.id)
      """)
    #expect(wrong == 0)
  }

  /// Five hundred orders of as many customers want one of a hundred uses.
  @Test func aHundredUsesAreAHundredUses() throws {
    let promotion = try promotion(total: 100)
    let stall = stall
    let got = try Together.run(
      threads: 20, rounds: 25, prepare: { _ in stall.database.database() }
    ) { database, _ in
      do {
        try Self.take([promotion], IDSource().id(), IDSource().id(), database)
        return true
      } catch PromotionError.notUsable(_, .usedUp) {
        return false
      }
    }.flatMap(\.self)
    #expect(got.count == 500)
    #expect(got.filter(\.self).count == 100)
    #expect(try used(promotion) == 100)
    try expectCountsToBeTrue()
    #expect(try stall.database.deadlocks() == 0)
  }

  /// One customer with many orders at once.
  @Test func aCustomersLimitHolds() throws {
    let promotion = try promotion(perCustomer: 3)
    let customers = (0..<4).map { _ in IDSource().id(UserKind.self) }
    let stall = stall
    let got = try Together.run(
      threads: 12, rounds: 5, prepare: { (stall.database.database(), $0) }
    ) { worker, _ in
      do {
        try Self.take([promotion], IDSource().id(), customers[worker.1 % 4], worker.0)
        return true
      } catch PromotionError.notUsable(_, .usedByCustomer) {
        return false
      }
    }.flatMap(\.self)
    #expect(got.filter(\.self).count == 12)
    let most = try stall.count("SELECT max(c.used) FROM promotions.customers AS c")
    #expect(most == 3)
    try expectCountsToBeTrue()
  }

  /// Orders that take and give back several promotions in any order never wait in a circle, and
  /// the counts are true in the end.
  @Test func allOrNoneWhateverHappensAtOnce() throws {
    let promotions = try (0..<5).map { try promotion(total: [3, 5, 50, 50, 2][$0]) }
    let orders = (0..<25).map { _ in IDSource().id(OrderKind.self) }
    let customer = IDSource().id(UserKind.self)
    let stall = stall
    _ = try Together.run(
      threads: 8, rounds: 50,
      prepare: { (stall.database.database(), Dice(seed: UInt64($0 + 1))) }
    ) { worker, round in
      var dice = worker.1
      for _ in 0..<round { _ = dice.next() }
      let order = orders[dice.roll(orders.count)]
      let some = Set(promotions.shuffled(using: &dice).prefix(1 + dice.roll(3)))
      let takes = dice.roll(3) > 0
      do {
        try worker.0.transaction {
          let campaigns = Campaigns(ids: IDSource())
          if takes {
            try campaigns.take(some, for: order, of: customer, in: $0)
          } else {
            try campaigns.giveBack(order, in: $0)
          }
        }
      } catch is PromotionError {
        // Used up, or too late: both are answers.
      }
    }
    try expectCountsToBeTrue()
    #expect(try stall.database.deadlocks() == 0)
    #expect(try used(promotions[0]) <= 3 && used(promotions[4]) <= 2)
  }

  @Test func oneThatCannotBeHadKeepsAllFromBeingTaken() throws {
    let (free, full) = (try promotion(), try promotion(total: 1))
    let customer = IDSource().id(UserKind.self)
    try Self.take([full], IDSource().id(), customer, database)
    let order = IDSource().id(OrderKind.self)
    #expect(throws: PromotionError.notUsable(full, .usedUp)) {
      try Self.take([free, full], order, customer, database)
    }
    #expect(try used(free) == 0)
    try Self.take([free], order, customer, database)
    #expect(try used(free) == 1)
  }

  @Test func repeatedCommandsCountOnce() throws {
    let promotion = try promotion(total: 2, perCustomer: 1)
    let customer = IDSource().id(UserKind.self)
    let order = IDSource().id(OrderKind.self)
    for _ in 1...3 { try Self.take([promotion], order, customer, database) }
    #expect(try used(promotion) == 1)
    for _ in 1...3 { try giveBack(order) }
    #expect(try used(promotion) == 0)
    #expect(throws: PromotionError.useOver) {
      try Self.take([promotion], order, customer, database)
    }
    // What came back is for whoever comes next, the same customer among them.
    try Self.take([promotion], IDSource().id(), customer, database)
    let dead = IDSource().id(OrderKind.self)
    try giveBack(dead)
    #expect(throws: PromotionError.useOver) {
      try Self.take([promotion], dead, customer, database)
    }
    try expectCountsToBeTrue()
  }

  @Test(arguments: ["draft", "paused", "ended"])
  func onlyActiveOnesAreTaken(_ status: String) throws {
    let promotion = try promotion(status: status)
    #expect(throws: PromotionError.self) {
      try Self.take([promotion], IDSource().id(), IDSource().id(), database)
    }
    #expect(throws: PromotionError.noSuchPromotion) {
      try Self.take([IDSource().id()], IDSource().id(), IDSource().id(), database)
    }
  }
}
