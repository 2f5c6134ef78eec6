package import Core
internal import JSON
package import Outbox
internal import Postgres

/// Turns events into what people read and into mails and short messages to be sent. It only writes
/// rows; sending is a job's work.
package struct Herald: Sendable {
  private let ids: IDSource
  /// Without a gateway nothing is put down that nobody would send.
  private let sendsSMS: Bool

  package init(ids: IDSource, sendsSMS: Bool) {
    self.ids = ids
    self.sendsSMS = sendsSMS
  }

  package static let types = Set(orderTemplates.keys).union([
    "mail.requested.v1", "parcel.changed.v1", "return.changed.v1", "payment.refunded.v1",
    "inventory.stock_low.v1", "user.deleted.v1",
  ])

  package var consumer: EventConsumer {
    .ofMany(
      name: "notifications", types: Self.types, rest: .milliseconds(100)
    ) { [self] events, transaction in
      let owners = try Self.owners(events, in: transaction)
      tell(
        try events.flatMap { event in
          try Self.news(of: event, owners, in: transaction).map { ToldNews($0, event) }
        }, in: transaction)
      forget(events.filter { $0.type == "user.deleted.v1" }, in: transaction)
    }
  }

  /// Who has left is told nothing more, and leaves nothing behind.
  private func forget(_ departures: [LoggedEvent], in transaction: Transaction) {
    let users = departures.map { UserID($0.aggregateID) }
    guard !users.isEmpty else { return }
    DeliveryStore.forget(users, in: transaction)
    MessageStore.forget(users, in: transaction)
    PreferenceStore.forget(users, in: transaction)
  }

  /// What was written before is refused by the tables.
  private func tell(_ told: [ToldNews], in transaction: Transaction) {
    let now = ids.clock.now
    MessageStore.insert(told, ids: ids, in: transaction)
    DeliveryStore.insert(told.filter { $0.topic == nil }, ids: ids, at: now, in: transaction)
    let leaving = told.filter { $0.topic != nil && $0.news.template.leavesTheHouse }
    for channel in sendsSMS ? Channel.allCases : [.mail] {
      DeliveryStore.insert(leaving, by: channel, ids: ids, at: now, in: transaction)
    }
  }

  // MARK: Who is told what

  private static let orderTemplates: [String: Template] = [
    "order.placed.v1": .orderPlaced, "order.confirmed.v1": .orderConfirmed,
    "order.paid.v1": .orderPaid, "order.payment_failed.v1": .orderPaymentFailed,
    "order.expired.v1": .orderExpired, "order.cancelled.v1": .orderCancelled,
    "order.shipped.v1": .orderShipped, "order.delivered.v1": .orderDelivered,
    "order.completed.v1": .orderCompleted, "order.refunded.v1": .orderRefunded,
  ]

  /// Whose goods are in the orders that these events confirm.
  private static func owners(
    _ events: [LoggedEvent], in transaction: Transaction
  ) throws -> [OrderID: [UserID]] {
    let orders = events.filter { orderTemplates[$0.type] == .orderConfirmed }.map(\.aggregateID)
    guard !orders.isEmpty else { return [:] }
    let owners = try transaction.read(NewsDirectory.owners(of: orders.map { OrderID($0) }))
    return Dictionary(grouping: owners, by: \.order).mapValues { $0.map(\.owner) }
  }

  private static func news(
    of event: LoggedEvent, _ owners: [OrderID: [UserID]], in transaction: Transaction
  ) throws -> [News] {
    let facts = try Facts(event)
    if let template = orderTemplates[event.type] { return try orderNews(template, facts, owners) }
    switch event.type {
    case "mail.requested.v1": return [try accountNews(facts)]
    case "parcel.changed.v1": return try parcelNews(facts, in: transaction)
    case "return.changed.v1": return try returnNews(facts, in: transaction)
    case "payment.refunded.v1": return [try refundNews(facts, in: transaction)]
    case "inventory.stock_low.v1": return try stockNews(facts, in: transaction)
    default: return []
    }
  }

  private static func accountNews(_ facts: Facts) throws -> News {
    guard let template = facts.text("template").flatMap(Template.init(rawValue:)),
      template.topic == nil, let address = facts.text("to"), !address.isEmpty
    else { throw HopelessEvent("a mail without an address or with an unknown template") }
    return News(
      template: template, reader: try facts.id("user_id"), blanks: facts.texts(in: "values"),
      data: [], address: address)
  }

  private static func orderNews(
    _ template: Template, _ facts: Facts, _ owners: [OrderID: [UserID]]
  ) throws -> [News] {
    let blanks = [
      "number": facts.number("number") ?? "", "total": facts.money("total"),
      "reason": facts.text("reason").map { " \($0)" } ?? "",
    ]
    let data = facts.data("order_id")
    var news = [
      News(template: template, reader: try facts.id("customer_id"), blanks: blanks, data: data)
    ]
    guard template == .orderConfirmed else { return news }
    news += (owners[try facts.id("order_id")] ?? []).map {
      News(template: .shopOrder, reader: $0, blanks: blanks, data: data)
    }
    return news
  }

  private static func parcelNews(
    _ facts: Facts, in transaction: Transaction
  ) throws -> [News] {
    let templates: [String: Template] = ["shipped": .parcelShipped, "failed": .parcelFailed]
    guard let template = templates[facts.text("status") ?? ""] else { return [] }
    let (blanks, _) = try saleBlanks(facts, in: transaction)
    return [
      News(
        template: template, reader: try facts.id("customer_id"), blanks: blanks,
        data: facts.data("order_id", "parcel_id"))
    ]
  }

  /// That somebody asks for one is the shop's business, what comes of it the customer's.
  private static func returnNews(
    _ facts: Facts, in transaction: Transaction
  ) throws -> [News] {
    let templates: [String: Template] = [
      "requested": .returnRequested, "approved": .returnApproved, "rejected": .returnRejected,
      "received": .returnReceived, "refunded": .returnRefunded,
    ]
    guard let template = templates[facts.text("status") ?? ""] else { return [] }
    let (blanks, owner) = try saleBlanks(facts, in: transaction)
    let reader = template == .returnRequested ? owner : try facts.id("customer_id")
    return reader.map {
      [
        News(
          template: template, reader: $0, blanks: blanks,
          data: facts.data("order_id", "return_id"))
      ]
    } ?? []
  }

  private static func saleBlanks(
    _ facts: Facts, in transaction: Transaction
  ) throws -> (blanks: [String: String], owner: UserID?) {
    let (numbers, shops) = try transaction.read(
      NewsDirectory.number(of: try facts.id("order_id")),
      NewsDirectory.shop(try facts.id("shop_id")))
    let blanks = [
      "number": numbers.first.map { "\($0)" } ?? "", "shop": shops.first?.name ?? "The shop",
    ]
    return (blanks, shops.first?.owner)
  }

  private static func refundNews(
    _ facts: Facts, in transaction: Transaction
  ) throws -> News {
    var order = ""
    if let id = facts.text("order_id").flatMap({ OrderID($0) }),
      let number = try transaction.read(NewsDirectory.number(of: id)).first
    {
      order = " for order \(number)"
    }
    return News(
      template: .paymentRefunded, reader: try facts.id("customer_id"),
      blanks: ["amount": facts.money("amount"), "order": order],
      data: facts.data("order_id", "payment_id", "refund_id"))
  }

  private static func stockNews(
    _ facts: Facts, in transaction: Transaction
  ) throws -> [News] {
    let (shops, products) = try transaction.read(
      NewsDirectory.shop(try facts.id("shop_id")),
      NewsDirectory.product(of: try facts.id("variant_id")))
    let blanks = [
      "product": products.first ?? "A product", "available": facts.number("available") ?? "few",
    ]
    return shops.map {
      News(
        template: .stockLow, reader: $0.owner, blanks: blanks,
        data: facts.data("shop_id", "product_id", "variant_id"))
    }
  }
}
