import Core
import JSON
import KitTesting
import Payments
import Postgres
import Testing

/// What operators are told of payments, because nothing here puts it right.
@Suite struct StuckTests {
  private let counter: Counter
  private let order: OrderID
  private let payment: PaymentID
  private let parcel: ParcelID = IDSource().id()

  init() throws {
    counter = try Counter()
    order = counter.order()
    #expect(try counter.request(order, "sandbox", "approve") == .captured)
    payment = try counter.id(of: order)
  }

  /// A refund of the parcel as it would stand after some time.
  private func refund(
    _ reference: String, _ status: String, _ amount: Int = 100, by user: UserID? = nil
  ) throws {
    counter.clock.advance(by: .minutes(1))
    try counter.database.database().execute(
      """
      INSERT INTO payments.refunds (id, payment_id, parcel_id, currency, amount, reason, reference,
        status, requested_by, created_at, settled_at)
      VALUES (\(counter.ids.uuid()), \(payment), \(parcel), 'USD', \(amount), 'broken',
              \(reference), \(status), \(user), \(counter.now),
              CASE WHEN \(status) <> 'pending' THEN \(counter.now)::timestamptz END)
      """)
  }

  private func refused() throws -> Int { try counter.stuck("refused_refunds") }

  @Test(arguments: ["return:1", "parcel:1"])
  func aRefusedRefundIsToldUntilAnotherTrySucceeds(_ reference: String) throws {
    #expect(try refused() == 0)
    try refund(reference, "failed")
    #expect(try refused() == 1)
    try refund("\(reference) 1", "failed")
    #expect(try refused() == 1)
    // Another return of the parcel gives nothing back of this one.
    try refund("return:2", "succeeded")
    #expect(try refused() == 1)
    try refund("\(reference) 2", "pending")
    #expect(try refused() == 1)
    try counter.database.database().execute(
      """
      UPDATE payments.refunds SET status = 'succeeded', settled_at = \(counter.now)
      WHERE status = 'pending'
      """)
    #expect(try refused() == 0)
  }

  /// Somebody gave a part back by hand meanwhile, or all that the parcel cost.
  @Test(arguments: [false, true]) func whatWasGivenByHandIsNotAskedFor(_ isAll: Bool) throws {
    let seller = counter.customer()
    try counter.database.database().execute(
      """
      WITH o AS (
        INSERT INTO orders.orders (id, customer_id, hold_id, status, currency, subtotal, discount,
          shipping, address, payment_provider, from_cart, placed_at, expires_at)
        VALUES (\(order), \(seller), \(order), 'paid', 'USD', 1000, 0, 0, '{}', 'sandbox', false,
                \(counter.now), \(counter.now))
        RETURNING id)
      INSERT INTO orders.parcels (id, order_id, shop_id, currency, amount, created_at, updated_at)
      SELECT \(parcel), o.id, \(parcel.uuid), 'USD', 600, \(counter.now), \(counter.now) FROM o
      """)
    try refund("key 1", "succeeded", 500, by: seller)
    try refund("return:1", "failed")
    #expect(try refused() == 1)
    try refund("key 2", "succeeded", 60, by: seller)
    #expect(try refused() == 1)
    try refund(isAll ? "key 3" : "return:1 1", "succeeded", isAll ? 40 : 10)
    #expect(try refused() == 0)
  }

  /// Whoever asked by hand was told.
  @Test func whatWasAskedForByHandIsNotTold() throws {
    try refund("key 1", "failed", by: counter.customer())
    #expect(try refused() == 0)
  }

  /// What a provider says to have taken is not what was asked for: it has somebody's money.
  @Test func anotherAmountIsTold() throws {
    let desk = try Counter.desk("http://127.0.0.1:9")
    let (_, id) = try counter.pending("sandbox", "never", currency: Counter.dollar)
    for (amount, currency) in [(1, "USD"), (150_000, "VND")] {
      try counter.receive(counter.sandboxCall(id, amount, currency), from: .sandbox)
    }
    try counter.readCalls(desk)
    #expect(try counter.stuck("contradicted_payments") == 1)
    // It was put right there.
    try counter.receive(counter.sandboxCall(id), from: .sandbox)
    try counter.readCalls(desk)
    #expect(try counter.stuck("contradicted_payments") == 0)
  }
}
