import Cart
import Core
import KitTesting
import Postgres
import Testing

@Suite struct MergeTests {
  private let stall: Stall

  init() throws { stall = try Stall() }

  private static func carts(_ stall: Stall) -> Carts {
    Carts(ids: IDSource(clock: stall.clock.clock))
  }

  private static func add(
    _ stall: Stall, _ variant: VariantID, _ quantity: Int, to owner: CartOwner,
    _ database: Database
  ) throws -> CartOwner {
    try database.transaction {
      try carts(stall).add(
        CartWish(variant: variant, product: nil, quantity: quantity), to: owner, in: $0)
    }
  }

  private static func merge(
    _ stall: Stall, _ owner: CartOwner, into user: UserID, _ database: Database
  ) throws {
    guard case .guest(let token) = owner else { return }
    try database.transaction { carts(stall).merge(token, into: user, in: $0) }
  }

  private func pieces(of user: UserID) throws -> [Int] {
    try stall.database.database().query(
      """
      SELECT i.quantity FROM cart.items AS i JOIN cart.carts AS c ON c.id = i.cart_id
      WHERE c.user_id = \(user) ORDER BY i.place
      """
    ) { row in try row.next() }
  }

  /// The same person logs in from two windows at once: what was gathered arrives once.
  @Test func twoLogInsAtOnceBringItOnce() throws {
    let stall = stall
    let variant = try stall.goods(5).variants[0]
    let database = stall.database.database(role: "souk_cart")
    let users = (0..<25).map { _ in IDSource().id(UserKind.self) }
    let guests = try users.map { user in
      _ = try Self.add(stall, variant, 2, to: .user(user), database)
      return try Self.add(stall, variant, 3, to: .stranger, database)
    }
    _ = try Together.run(
      threads: 4, rounds: 25, prepare: { _ in stall.database.database(role: "souk_auth") }
    ) { database, round in
      try Self.merge(stall, guests[round], into: users[round], database)
    }
    for user in users { #expect(try pieces(of: user) == [5]) }
    #expect(try stall.count("SELECT count(*) FROM cart.carts WHERE user_id IS NULL") == 0)
    #expect(try stall.database.deadlocks() == 0)
  }

  /// Guests' carts become one user's while that user is shopping: every piece arrives.
  @Test func nothingIsLostWhileTheUserShops() throws {
    let stall = stall
    let goods = try stall.goods(5, 5)
    let user = IDSource().id(UserKind.self)
    let database = stall.database.database(role: "souk_cart")
    let guests = try (0..<40).map { _ in
      try Self.add(stall, goods.variants[1], 1, to: .stranger, database)
    }
    _ = try Together.run(
      threads: 4, rounds: 20,
      prepare: { thread in
        (thread, stall.database.database(role: thread < 2 ? "souk_auth" : "souk_cart"))
      }
    ) { worker, round in
      let (thread, database) = worker
      if thread < 2 {
        try Self.merge(stall, guests[round * 2 + thread], into: user, database)
      } else {
        _ = try Self.add(stall, goods.variants[0], 1, to: .user(user), database)
      }
    }
    #expect(try pieces(of: user).sorted() == [40, 40])
    #expect(try stall.database.deadlocks() == 0)
  }

  @Test func theLimitsHoldTheOldestFirst() throws {
    let database = stall.database.database(role: "souk_cart")
    let user = IDSource().id(UserKind.self)
    let goods = try stall.goods(
      1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)
    let more = try (0..<3).map { _ in
      try stall.goods(
        1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)
    }
    let all = goods.variants + more.flatMap(\.variants)
    for variant in all[..<97] { _ = try Self.add(stall, variant, 1, to: .user(user), database) }
    var guest = CartOwner.stranger
    for (number, variant) in all[96..<102].enumerated() {
      guest = try Self.add(stall, variant, number == 0 ? 999 : number + 1, to: guest, database)
    }
    try Self.merge(stall, guest, into: user, stall.database.database(role: "souk_auth"))
    let pieces = try pieces(of: user)
    #expect(pieces.count == 99)
    #expect(pieces.filter { $0 > 1 }.sorted() == [2, 3, 999])
  }

  @Test func anExpiredCartBringsNothing() throws {
    let variant = try stall.goods(5).variants[0]
    let user = IDSource().id(UserKind.self)
    let guest = try Self.add(
      stall, variant, 1, to: .stranger, stall.database.database(role: "souk_cart"))
    stall.clock.advance(by: .days(30))
    try Self.merge(stall, guest, into: user, stall.database.database(role: "souk_auth"))
    #expect(try pieces(of: user).isEmpty)
  }
}
