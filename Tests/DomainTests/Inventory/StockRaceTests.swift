import Core
import Inventory
import KitTesting
import Postgres
import Testing

@Suite struct StockRaceTests {
  /// Whatever many orders, sellers and clocks do at once: nothing is sold twice, nobody waits in a
  /// circle, and the books balance.
  @Test func theBooksBalanceWhateverHappensAtOnce() throws {
    let stall = try Stall()
    let goods = try stall.goods(12, 9, 7, 5)
    let orders = (0..<20).map { _ in IDSource().id(OrderKind.self) }
    _ = try Together.run(
      threads: 8, rounds: 60, prepare: { (stall.shelves(), Dice(seed: UInt64($0 + 1))) }
    ) { worker, round in
      var dice = worker.1
      for _ in 0..<round * 3 { _ = dice.next() }
      do {
        try Self.something(stall, goods, orders, worker.0, &dice)
      } catch is InventoryError {
        // Not enough, or too late: both are answers.
      }
    }
    #expect(try stall.database.deadlocks() == 0)
    try stall.expectBooksToBalance()
    let kinds = try stall.count("SELECT count(DISTINCT m.kind) FROM inventory.movements AS m")
    #expect(kinds >= 5, "next to nothing happened")
  }

  private static func something(
    _ stall: Stall, _ goods: Stall.Goods, _ orders: [OrderID], _ database: Database,
    _ dice: inout Dice
  ) throws {
    let order = orders[dice.roll(orders.count)]
    let lines = goods.variants.shuffled(using: &dice).prefix(1 + dice.roll(4)).map {
      Reservation.Line(variant: $0, quantity: 1)
    }
    let now = stall.clock.clock.now
    let verb = dice.roll(8)
    let change = StockChange(
      variant: goods.variants[dice.roll(4)], action: .add(dice.roll(7) - 3, reason: "counted"),
      lowStockThreshold: nil)
    let reference = "\(dice.next())"
    try database.transaction { transaction in
      switch verb {
      case 0...3:
        try stall.warehouse.reserve(
          HoldRequest(order: order, lines: lines, expiry: now + .seconds(Int64(verb) - 1)),
          in: transaction)
      case 4: try stall.warehouse.release(order, in: transaction)
      case 5: try stall.warehouse.commit(order, in: transaction)
      case 6: _ = try stall.warehouse.expireReservations(limit: 5, in: transaction)
      default:
        try stall.warehouse.adjust(
          goods.product, [change], reference: reference, by: ShopManager(stall.owner),
          check: { _ in },
          in: transaction)
      }
    }
  }

  /// A hundred pieces, four hundred takers.
  @Test func nothingIsSoldTwice() throws {
    let stall = try Stall()
    let goods = try stall.goods(100)
    let got = try Together.run(threads: 16, rounds: 25, prepare: { _ in stall.shelves() }) {
      database, _ in
      do {
        try database.transaction {
          try stall.warehouse.reserve(
            HoldRequest(
              order: IDSource().id(), lines: [.init(variant: goods.variants[0], quantity: 1)],
              expiry: stall.clock.clock.now + .minutes(30)), in: $0)
        }
        return true
      } catch InventoryError.insufficient {
        return false
      }
    }.flatMap(\.self)
    #expect(got.filter(\.self).count == 100)
    #expect(try stall.level(goods.variants[0]) == .init(onHand: 100, reserved: 100))
    #expect(try !stall.isInStock(goods))
    #expect(try stall.lowEvents(goods.variants[0]) == 1)
    try stall.expectBooksToBalance()
  }

  /// The same command at the same moment from many sides, as when a message is delivered twice.
  @Test func oneCommandFromManySidesCountsOnce() throws {
    let stall = try Stall()
    let goods = try stall.goods(1000)
    let orders = (0..<30).map { _ in IDSource().id(OrderKind.self) }
    for verb in ["reserve", "commit"] {
      _ = try Together.run(threads: 6, rounds: 30, prepare: { _ in stall.shelves() }) {
        database, round in
        try database.transaction { transaction in
          if verb == "commit" {
            try stall.warehouse.commit(orders[round], in: transaction)
          } else {
            try stall.warehouse.reserve(
              HoldRequest(
                order: orders[round], lines: [.init(variant: goods.variants[0], quantity: 2)],
                expiry: stall.clock.clock.now + .minutes(30)), in: transaction)
          }
        }
      }
    }
    #expect(try stall.level(goods.variants[0]) == .init(onHand: 940, reserved: 0))
    #expect(try stall.database.deadlocks() == 0)
    try stall.expectBooksToBalance()
  }

  /// Of those who expect the same number one sets it, and the others hear the true one.
  @Test func compareAndSwapHasOneWinner() throws {
    let stall = try Stall()
    let goods = try stall.goods(0)
    let rounds = try Together.run(threads: 6, rounds: 25, prepare: { (stall.shelves(), $0) }) {
      worker, round in
      let change = StockChange(
        variant: nil, action: .set(round + 1, expected: round), lowStockThreshold: nil)
      do {
        try worker.0.transaction {
          try stall.warehouse.adjust(
            goods.product, [change], reference: "\(round) \(worker.1)",
            by: ShopManager(stall.owner),
            check: { _ in }, in: $0)
        }
        return true
      } catch InventoryError.numberMoved(let onHand) {
        #expect(onHand == round + 1)
        return false
      }
    }
    for answers in rounds { #expect(answers.filter(\.self).count == 1) }
    try stall.expectBooksToBalance()
  }

  /// Two variants of one product run out and come back at the same moments: the catalogue always
  /// learns the truth about the product.
  @Test func theCatalogueLearnsTheTruth() throws {
    let stall = try Stall()
    let goods = try stall.goods(1, 1)
    _ = try Together.run(threads: 2, rounds: 60, prepare: { (stall.shelves(), $0) }) {
      worker, round in
      let change = StockChange(
        variant: goods.variants[worker.1], action: .set(round % 2, expected: nil),
        lowStockThreshold: nil)
      try worker.0.transaction {
        try stall.warehouse.adjust(
          goods.product, [change], reference: "\(round) \(worker.1)",
          by: ShopManager(stall.owner),
          check: { _ in }, in: $0)
      }
      return 0
    }
    #expect(try stall.isInStock(goods))
    try stall.expectBooksToBalance()
    #expect(try stall.database.deadlocks() == 0)
  }
}
