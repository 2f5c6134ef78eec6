import Core
import JSON
import KitTesting
import Notifications
import Outbox
import Postgres
import Testing

@Suite struct HeraldTests {
  @Test func everyoneIsToldOnce() throws {
    let scene = try NewsScene()
    let event = scene.order()
    for _ in 0..<3 { try scene.hear(event) }
    #expect(
      try scene.messages() == ["order_confirmed Ana Lim: Your order 42 is confirmed"])
    #expect(try scene.deliveries() == ["mail order_confirmed pending 0"])
  }

  /// What the customer hears of by another mail of the same moment is only shown.
  @Test(arguments: [
    ("order.placed.v1", "order_placed", false), ("order.paid.v1", "order_paid", false),
    ("order.payment_failed.v1", "order_payment_failed", true),
    ("order.expired.v1", "order_expired", true), ("order.cancelled.v1", "order_cancelled", true),
    ("order.shipped.v1", "order_shipped", false),
    ("order.delivered.v1", "order_delivered", true),
    ("order.completed.v1", "order_completed", false),
    ("order.refunded.v1", "order_refunded", false),
  ])
  func eachStateOfAnOrderIsTold(_ type: String, _ kind: String, _ isMailed: Bool) throws {
    let scene = try NewsScene()
    try scene.hear(scene.order(type, ["reason": "It was {total} too late."]))
    let messages = try scene.messages()
    #expect(messages.count == 1 && messages[0].hasPrefix("\(kind) Ana Lim: "), "\(messages)")
    #expect(messages[0].contains("42"))
    #expect(try scene.deliveries() == (isMailed ? ["mail \(kind) pending 0"] : []))
  }

  @Test func aParcelIsToldWhenItLeavesOrFails() throws {
    let scene = try NewsScene()
    let (shop, _) = try scene.shop()
    for status in ["processing", "packed", "shipped", "delivered", "failed", "cancelled"] {
      try scene.hear(
        scene.order(
          "parcel.changed.v1",
          [
            "parcel_id": .string("\(IDSource().id(ParcelKind.self))"),
            "shop_id": .string("\(shop)"), "status": .string(status),
          ]))
    }
    #expect(
      try scene.messages().compactMap { $0.split(separator: " ").first } == [
        "parcel_shipped", "parcel_failed",
      ])
  }

  /// That somebody asks is for the shop, the answers are for the customer.
  @Test func aReturnIsToldToWhoMustAct() throws {
    let scene = try NewsScene()
    let (shop, _) = try scene.shop()
    for status in ["requested", "approved", "rejected", "received", "refunded"] {
      try scene.hear(
        scene.order(
          "return.changed.v1",
          [
            "return_id": .string("\(IDSource().id(ReturnKind.self))"),
            "shop_id": .string("\(shop)"), "status": .string(status),
          ]))
    }
    let readers = try scene.messages().map { $0.split(separator: ":")[0] }
    #expect(
      readers == [
        "return_requested Linh Tran", "return_approved Ana Lim", "return_rejected Ana Lim",
        "return_received Ana Lim", "return_refunded Ana Lim",
      ])
  }

  /// It is the first thing that a seller tries.
  @Test func whoBuysInTheirOwnShopIsToldTwice() throws {
    let scene = try NewsScene()
    let (shop, owner) = try scene.shop()
    let order = try scene.confirmed(in: shop, by: owner)
    for _ in 0..<2 { try scene.hear(order) }
    // At the same moment, so in any order.
    #expect(
      try scene.messages().compactMap { $0.split(separator: " ").first }.sorted() == [
        "order_confirmed", "shop_order",
      ])
    #expect(
      try scene.deliveries().sorted() == [
        "mail order_confirmed pending 0", "mail shop_order pending 0",
      ])
  }

  /// A name of signs that are made of several is longer than it looks.
  @Test func aLongNameInAnyScriptIsTold() throws {
    let scene = try NewsScene()
    let (shop, _) = try scene.shop()
    let variant = try scene.product(String(repeating: "e\u{301}", count: 100), in: shop)
    try scene.hear(
      scene.event(
        "inventory.stock_low.v1",
        [
          "shop_id": .string("\(shop)"), "variant_id": .string("\(variant)"), "available": 2,
        ]))
    let messages = try scene.messages()
    #expect(messages.count == 1 && messages[0].hasPrefix("stock_low Linh Tran: é"))
    #expect(try scene.deliveries() == ["mail stock_low pending 0"])
  }

  @Test func whoHasLeftIsToldNothingMore() throws {
    let scene = try NewsScene()
    let other = try NewsScene.user("Bea", in: scene.database.database())
    try scene.prefer(.shop, PreferenceChange(mail: false))
    try scene.hear(scene.order())
    try scene.hear(scene.order("order.confirmed.v1", ["customer_id": .string("\(other)")]))
    try scene.hear(scene.mail(to: "ana@example.com"))
    try scene.hear(scene.event("user.deleted.v1", [:], about: scene.ana.uuid))
    #expect(try scene.messages() == ["order_confirmed Bea: Your order 42 is confirmed"])
    #expect(try scene.deliveries() == ["mail order_confirmed pending 0"])
    let preferences: Int? = try scene.database.database().first(
      "SELECT count(*) FROM notifications.preferences"
    ) { row in try row.next() }
    #expect(preferences == 0)
  }

  @Test func moneyOnItsWayBackAndStockThatRunsLow() throws {
    let scene = try NewsScene()
    let (shop, _) = try scene.shop()
    try scene.hear(
      scene.order(
        "payment.refunded.v1",
        [
          "payment_id": .string("\(IDSource().id(PaymentKind.self))"),
          "amount": ["amount": 50_000, "currency": "VND"],
        ]))
    try scene.hear(
      scene.event(
        "inventory.stock_low.v1",
        [
          "shop_id": .string("\(shop)"), "available": 2,
          "variant_id": .string("\(IDSource().id(VariantKind.self))"),
        ]))
    #expect(
      try scene.messages() == [
        "payment_refunded Ana Lim: 50000 VND goes back to you",
        "stock_low Linh Tran: A product is running low",
      ])
  }

  @Test func nobodyIsToldInAWayTheyDoNotWant() throws {
    let scene = try NewsScene()
    try scene.prefer(.orders, PreferenceChange(mail: false))
    try scene.hear(scene.order())
    #expect(try scene.messages().count == 1)
    #expect(try scene.deliveries().isEmpty)
    try scene.prefer(.orders, PreferenceChange(mail: true, inApp: false))
    try scene.hear(scene.order())
    #expect(try scene.messages().count == 1)
    #expect(try scene.deliveries().count == 1)
  }

  @Test func shortMessagesAreAskedForTwice() throws {
    let scene = try NewsScene()
    try scene.hear(scene.order(), sendsSMS: true)
    try scene.prefer(.orders, PreferenceChange(mail: false, sms: true))
    try scene.hear(scene.order(), sendsSMS: false)
    #expect(try scene.deliveries() == ["mail order_confirmed pending 0"])
    try scene.hear(scene.order(), sendsSMS: true)
    #expect(try scene.deliveries().last == "sms order_confirmed pending 0")
  }

  @Test func mailsOfTheAccountGoWhateverIsPreferred() throws {
    let scene = try NewsScene()
    for topic in Topic.allCases {
      try scene.prefer(topic, PreferenceChange(mail: false, sms: false, inApp: false))
    }
    for template in ["verify_email", "reset_password", "password_changed"] {
      try scene.hear(scene.mail(template, to: "old@example.com"))
    }
    #expect(
      try scene.deliveries() == [
        "mail verify_email pending 0", "mail reset_password pending 0",
        "mail password_changed pending 0",
      ])
    #expect(try scene.messages().isEmpty)
  }

  @Test func aClosedAccountIsToldNothing() throws {
    let scene = try NewsScene()
    try scene.database.database().execute(
      "UPDATE identity.users SET status = 'disabled' WHERE id = \(scene.ana)")
    try scene.hear(scene.order())
    #expect(try scene.messages().isEmpty)
    #expect(try scene.deliveries().isEmpty)
  }

  @Test func whatCannotBeUnderstoodIsHopeless() throws {
    let scene = try NewsScene()
    let events = [
      scene.event("order.placed.v1", [:]), scene.event("mail.requested.v1", ["to": "a@b.example"]),
      scene.mail("order_placed", to: "a@b.example"), scene.mail(to: ""),
    ]
    for event in events {
      #expect(throws: HopelessEvent.self, "\(event)") { try scene.hear(event) }
    }
  }
}
