import Core
import KitTesting
import Payments
import Postgres
import Testing

@Suite struct LedgerTests {
  private let counter: Counter

  init() throws { counter = try Counter() }

  /// Whatever many customers do with their wallets at once.
  @Test func theBooksBalanceWhateverHappensAtOnce() throws {
    let counter = counter
    let customers = (0..<4).map { _ in counter.customer() }
    let orders = (0..<60).map { _ in counter.order() }
    for customer in customers { try counter.fill(customer, 3000) }
    _ = try Together.run(
      threads: 8, rounds: 40, prepare: { (counter.scheduler(), Dice(seed: UInt64($0 + 7))) }
    ) { worker, round in
      var dice = worker.1
      for _ in 0..<round * 4 { _ = dice.next() }
      let customer = customers[dice.roll(4)]
      let order = orders[dice.roll(orders.count)]
      do {
        try Self.something(counter, customer, order, worker.0, &dice)
      } catch is PaymentError {
        // Nothing there, or too much wanted: both are answers.
      }
    }
    #expect(try counter.database.deadlocks() == 0)
    try counter.expectBooksToBalance()
    #expect(try counter.count("SELECT count(*) FROM payments.entries") > 30, "nothing happened")
  }

  private static func something(
    _ counter: Counter, _ customer: UserID, _ order: OrderID, _ database: Database,
    _ dice: inout Dice
  ) throws {
    let verb = dice.roll(8)
    let amount = 1 + dice.roll(900)
    switch verb {
    case 0...2: _ = try counter.request(order, amount, by: customer, "wallet", on: database)
    case 3:
      _ = try counter.request(order, amount, by: customer, "sandbox", "approve", on: database)
    case 4: _ = try counter.request(order, amount, by: customer, "cod", on: database)
    case 5: try counter.refund(order, 1 + dice.roll(400), on: database)
    case 6: try counter.collectCash(amount, for: order, on: database)
    default: _ = try database.transaction { try counter.cashier.abandon(order, reason: "", in: $0) }
    }
  }

  @Test func aWalletIsNeverOverdrawn() throws {
    let counter = counter
    let ana = counter.customer()
    try counter.fill(ana, 1000)
    let paid = try Together.run(threads: 16, rounds: 4, prepare: { _ in counter.scheduler() }) {
      database, _ in
      try counter.request(counter.order(), 100, by: ana, "wallet", on: database) == .captured
    }.flatMap(\.self)
    #expect(paid.filter(\.self).count == 10)
    #expect(try counter.wallet(ana) == 0)
    try counter.expectBooksToBalance()
  }

  /// Not even somebody who made a function send other statements than its own.
  @Test func nobodyMakesMoney() throws {
    let ana = counter.customer()
    try counter.fill(ana, 1000)
    for role in ["souk_scheduler", "souk_payments"] {
      let database = counter.database.database(role: role)
      let refused: [SQL] = [
        "UPDATE payments.accounts SET balance = 9999", "DELETE FROM payments.entries",
        "UPDATE payments.entries SET amount = 1", "DELETE FROM payments.accounts",
        "TRUNCATE payments.entries",
      ]
      for sql in refused {
        let error = #expect(throws: PostgresError.self, "\(sql.text)") { try database.execute(sql) }
        #expect(error?.code == .permissionDenied, "\(sql.text)")
      }
      try database.execute(
        """
        INSERT INTO payments.accounts
          (id, kind, owner_id, currency, balance, created_at, updated_at)
        VALUES (gen_random_uuid(), 'wallet', gen_random_uuid(), 'USD', 5000, now(), now())
        """)
    }
    // Not the owner either.
    #expect(throws: PostgresError.self) {
      try counter.database.database().execute("UPDATE payments.entries SET amount = 1")
    }
    try counter.expectBooksToBalance()
  }

  @Test func aLineIsRefusedThatCannotBe() throws {
    let (ana, ben) = (counter.customer(), counter.customer())
    for customer in [ana, ben] { try counter.fill(customer, 1000) }
    let database = counter.database.database()
    let wallets = [ana, ben].map { Account.wallet($0).id(in: Counter.dollar) }
    let sales = Account.sales.id(in: Counter.dollar)
    _ = try counter.request(counter.order(), 1, "sandbox", "approve")
    let cases: [(UUID, UUID, String, Int, String)] = [
      (wallets[0], sales, "USD", 1001, "accounts_wallet_not_negative"),
      (wallets[0], wallets[1], "USD", 1, "entries_one_wallet"),
      (wallets[0], sales, "VND", 1, "entries_one_currency"),
      (wallets[0], IDSource().uuid(), "USD", 1, "entries_account_fkey"),
      (wallets[0], sales, "USD", -1, "entries_amount_positive"),
      (wallets[0], sales, "USD", 0, "entries_amount_positive"),
      (sales, sales, "USD", 1, "entries_account_fkey"),
    ]
    for (from, to, currency, amount, constraint) in cases {
      let error = #expect(throws: PostgresError.self) {
        try database.execute(
          """
          INSERT INTO payments.entries
            (from_account, to_account, currency, amount, kind, reference, payment_id, created_at)
          SELECT \(from), \(to), \(currency), \(amount), 'payment', 'x', p.id, now()
          FROM payments.payments AS p LIMIT 1
          """)
      }
      #expect(error?.constraint == constraint)
    }
    #expect(try counter.wallet(ana) == 1000)
    try counter.expectBooksToBalance()
  }
}
