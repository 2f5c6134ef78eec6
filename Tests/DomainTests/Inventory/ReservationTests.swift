import Core
import Inventory
import KitTesting
import Postgres
import Testing

@Suite struct ReservationTests {
  private let stall: Stall
  private let database: Database

  init() throws {
    stall = try Stall()
    database = stall.shelves()
  }

  private func reserve(_ order: OrderID, _ lines: [(VariantID, Int)]) throws {
    try database.transaction {
      try stall.warehouse.reserve(
        HoldRequest(
          order: order, lines: lines.map { .init(variant: $0, quantity: $1) },
          expiry: stall.clock.clock.now + .minutes(30)), in: $0)
    }
  }

  private func release(_ order: OrderID) throws {
    try database.transaction { try stall.warehouse.release(order, in: $0) }
  }

  private func commit(_ order: OrderID) throws {
    try database.transaction { try stall.warehouse.commit(order, in: $0) }
  }

  private func expire() throws -> [OrderID] {
    try database.transaction { try stall.warehouse.expireReservations(limit: 100, in: $0) }
  }

  private func order() -> OrderID { IDSource().id() }

  @Test func allLinesOrNone() throws {
    let goods = try stall.goods(5, 2)
    let (a, b) = (goods.variants[0], goods.variants[1])
    let failed = order()
    #expect(throws: InventoryError.insufficient([.init(variant: b, requested: 3, available: 2)])) {
      try reserve(failed, [(a, 1), (b, 3)])
    }
    #expect(try stall.level(a) == .init(onHand: 5, reserved: 0))
    #expect(try stall.count("SELECT count(*) FROM inventory.reservations") == 0)
    // What failed may be tried again for less.
    try reserve(failed, [(a, 1), (b, 2)])
    #expect(try stall.level(a) == .init(onHand: 5, reserved: 1))
    #expect(try stall.level(b) == .init(onHand: 2, reserved: 2))
    try stall.expectBooksToBalance()
  }

  @Test func everythingMissingIsSaidAtOnce() throws {
    let goods = try stall.goods(1, 1)
    let unknown: VariantID = IDSource().id()
    let error = #expect(throws: InventoryError.self) {
      try reserve(order(), [(goods.variants[0], 2), (goods.variants[1], 3), (unknown, 1)])
    }
    guard case .insufficient(let shortages) = error else { return }
    #expect(shortages.count == 3)
    #expect(shortages.last == .init(variant: unknown, requested: 1, available: 0))
  }

  @Test func theSameVariantTwiceIsOneLine() throws {
    let goods = try stall.goods(5)
    let order = order()
    try reserve(order, [(goods.variants[0], 2), (goods.variants[0], 3)])
    #expect(try stall.level(goods.variants[0]) == .init(onHand: 5, reserved: 5))
    #expect(throws: InventoryError.self) { try reserve(self.order(), [(goods.variants[0], 1)]) }
  }

  @Test func repeatedCommandsMoveNothingTwice() throws {
    let goods = try stall.goods(5)
    let variant = goods.variants[0]
    let kept = order()
    for _ in 1...3 { try reserve(kept, [(variant, 2)]) }
    #expect(try stall.level(variant) == .init(onHand: 5, reserved: 2))
    for _ in 1...3 { try commit(kept) }
    #expect(try stall.level(variant) == .init(onHand: 3, reserved: 0))
    try reserve(kept, [(variant, 2)])
    #expect(try stall.level(variant) == .init(onHand: 3, reserved: 0))
    let dropped = order()
    try reserve(dropped, [(variant, 1)])
    for _ in 1...3 { try release(dropped) }
    #expect(try stall.level(variant) == .init(onHand: 3, reserved: 0))
    #expect(try stall.count("SELECT count(*) FROM inventory.movements") == 5)
    try stall.expectBooksToBalance()
  }

  @Test func whatContradictsTheOutcomeIsRefused() throws {
    let variant = try stall.goods(5).variants[0]
    let taken = order()
    try reserve(taken, [(variant, 1)])
    #expect(throws: InventoryError.reservationDiffers) { try reserve(taken, [(variant, 2)]) }
    try commit(taken)
    #expect(throws: InventoryError.alreadyDeducted) { try release(taken) }
    let dropped = order()
    try reserve(dropped, [(variant, 1)])
    try release(dropped)
    #expect(throws: InventoryError.reservationOver) { try commit(dropped) }
    #expect(throws: InventoryError.reservationOver) { try reserve(dropped, [(variant, 1)]) }
    #expect(throws: InventoryError.reservationOver) { try commit(order()) }
    #expect(try stall.level(variant) == .init(onHand: 4, reserved: 0))
  }

  /// Messages may overtake each other.
  @Test func aReservationThatComesAfterItsReleaseHoldsNothing() throws {
    let variant = try stall.goods(5).variants[0]
    let order = order()
    try release(order)
    try release(order)
    #expect(throws: InventoryError.reservationOver) { try reserve(order, [(variant, 1)]) }
    #expect(try stall.level(variant) == .init(onHand: 5, reserved: 0))
  }

  @Test func timeFreesWhatNobodyPaidFor() throws {
    let goods = try stall.goods(5, 5)
    let (early, late) = (order(), order())
    try reserve(early, [(goods.variants[0], 2), (goods.variants[1], 5)])
    stall.clock.advance(by: .minutes(10))
    try reserve(late, [(goods.variants[0], 3)])
    #expect(try !stall.isInStock(goods))
    #expect(try expire().isEmpty)
    stall.clock.advance(by: .minutes(20))
    #expect(try expire() == [early])
    #expect(try expire().isEmpty)
    #expect(try stall.isInStock(goods))
    #expect(try stall.level(goods.variants[0]) == .init(onHand: 5, reserved: 3))
    try release(early)
    #expect(throws: InventoryError.reservationOver) { try commit(early) }
    try commit(late)
    #expect(try stall.level(goods.variants[0]) == .init(onHand: 2, reserved: 0))
    try stall.expectBooksToBalance()
  }

  @Test func severalOrdersExpireInOneGo() throws {
    let variant = try stall.goods(50).variants[0]
    for _ in 1...7 { try reserve(order(), [(variant, 3)]) }
    stall.clock.advance(by: .hours(1))
    let first = try database.transaction {
      try stall.warehouse.expireReservations(limit: 4, in: $0)
    }
    #expect(first.count == 4)
    #expect(try stall.level(variant) == .init(onHand: 50, reserved: 9))
    #expect(try expire().count == 3)
    try stall.expectBooksToBalance()
  }

  @Test func everyMoveOfAReservationIsTold() {
    typealias State = Reservation.State
    var table: [String] = []
    for state in State.allCases {
      for wanted in State.allCases {
        let outcome = Result { try state.moves(to: wanted) }
        switch outcome {
        case .success(let moves): table.append("\(state) \(wanted) \(moves)")
        case .failure(let error): table.append("\(state) \(wanted) \(error)")
        }
      }
    }
    #expect(
      table == [
        "held held false", "held released true", "held committed true", "held expired true",
        "released held reservationOver", "released released false",
        "released committed reservationOver", "released expired false", "committed held false",
        "committed released alreadyDeducted", "committed committed false",
        "committed expired alreadyDeducted", "expired held reservationOver",
        "expired released false", "expired committed reservationOver", "expired expired false",
      ])
  }
}
