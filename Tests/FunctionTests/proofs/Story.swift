import Core
import JSON
import KitTesting
import Postgres
import Testing

/// Something that orders go through. `prepare` brings them to where the scheduled function takes
/// over, and says where each of them must end, whatever was killed.
struct Story: Sendable, CustomStringConvertible {
  let description: String
  /// What becomes due before the scheduled function runs once more: it has one act more than these.
  var pauses: [World.Pause] = []
  /// Of what its shop sells.
  var currency = "USD"
  var sendsMail = false
  /// Where somebody dies when there is no time for all points: at those with one of these words,
  /// and next to them. The others are what other stories go through as well.
  var news: [String] = []
  /// Somebody outside is asked.
  var isOutside = false
  /// Whoever died while somebody was asked or told leaves that to one who comes later: it takes
  /// more than one look until all is known.
  var takesLooks = false
  /// Whoever comes after a death waits for what had begun.
  var waitsAfterDeath = false
  let prepare: @Sendable (World) throws -> [Fate]

  var acts: Int { pauses.count + 1 }

  init(
    _ description: String, ends: String, with outcome: Outcome? = nil,
    prepare: @escaping @Sendable (OrderScene) throws -> OrderID
  ) {
    self.init(together: description) { [Fate(try prepare($0), ends, with: outcome)] }
  }

  /// One of several orders.
  init(
    together description: String, prepare: @escaping @Sendable (OrderScene) throws -> [Fate]
  ) {
    self.description = description
    self.prepare = { try prepare($0.scene) }
  }

  init(
    outside description: String, ends: String, with outcome: Outcome? = nil,
    after pauses: [World.Pause] = [], currency: String = "USD", waitsAfterDeath: Bool = true,
    prepare: @escaping @Sendable (World) throws -> OrderID
  ) {
    self.description = description
    self.pauses = pauses
    self.currency = currency
    news = [" http "]
    isOutside = true
    takesLooks = true
    self.waitsAfterDeath = waitsAfterDeath
    self.prepare = { [Fate(try prepare($0), ends, with: outcome)] }
  }

  /// One whose only news are what is said by these words in the points it passes.
  init(
    _ description: String, ends: String, news: [String], sendsMail: Bool = false,
    takesLooks: Bool = false, prepare: @escaping @Sendable (World) throws -> OrderID
  ) {
    self.description = description
    self.news = news
    self.sendsMail = sendsMail
    self.takesLooks = takesLooks
    self.prepare = { [Fate(try prepare($0), ends)] }
  }
}

extension Story {
  /// What must have become of an order in the end.
  struct Fate: Sendable {
    let order: OrderID
    let status: String
    let outcome: Outcome?

    init(_ order: OrderID, _ status: String, with outcome: Outcome? = nil) {
      self.order = order
      self.status = status
      self.outcome = outcome
    }
  }

  /// What its status does not tell: where an order has the one of its end before the story begins,
  /// this is what is still to come.
  enum Outcome: String, Sendable {
    case cashIsTaken = "the cash is taken"
    case isClosed = "nobody can pay any more"
    case isGivenBack = "the money is given back"
    case parcelIsPaidBack = "a parcel is paid back"
    case returnIsPaidBack = "a return is paid back"

    func holds(for order: OrderID) -> SQL {
      switch self {
      case .cashIsTaken:
        """
        SELECT EXISTS (
          SELECT FROM payments.payments AS p
          WHERE p.order_id = \(order) AND p.provider = 'cod' AND p.captured = p.amount)
        """
      case .isClosed:
        """
        SELECT EXISTS (
          SELECT FROM payments.payments AS p
          WHERE p.order_id = \(order) AND p.captured = 0 AND p.status = 'cancelled')
        """
      case .isGivenBack:
        """
        SELECT COALESCE(sum(p.captured) > 0 AND sum(p.captured) = sum(p.refunded), false)
        FROM payments.payments AS p WHERE p.order_id = \(order)
        """
      case .parcelIsPaidBack:
        """
        SELECT EXISTS (
          SELECT FROM orders.parcels AS c
          JOIN payments.refunds AS r ON r.parcel_id = c.id AND r.amount = c.amount
          WHERE c.order_id = \(order) AND c.status = 'cancelled' AND r.status = 'succeeded')
        """
      case .returnIsPaidBack:
        """
        SELECT EXISTS (
          SELECT FROM orders.returns AS t
          JOIN payments.payments AS p ON p.order_id = t.order_id AND p.refunded = t.amount
          WHERE t.order_id = \(order) AND t.status = 'refunded')
        """
      }
    }
  }
}

extension Story {
  static let inside = [
    Story("an order that is paid", ends: "paid") { scene in
      try scene.fillCart(2)
      return try scene.placed(nil, ["items": nil, "promotion_codes": ["TEN"]])
    },
    Story("a payment that is declined", ends: "payment_failed") { scene in
      try scene.placed(
        nil,
        [
          "payment": ["provider": "sandbox", "method": "decline"], "promotion_codes": ["TEN"],
        ])
    },
    Story("an order without goods", ends: "cancelled") { scene in
      // Enough that nobody is told of low stock, which would be one point more the first time.
      try scene.goods.setStock(20, by: scene.seller.user, on: scene.bazaar.stack)
      let order = try scene.placed([scene.wish(20)], ["promotion_codes": ["TEN"]])
      try scene.goods.setStock(19, by: scene.seller.user, on: scene.bazaar.stack)
      return order
    },
    Story(together: "three orders that are paid together") { scene in
      try scene.fillCart(2)
      return [
        Fate(try scene.placed(nil, ["items": nil, "promotion_codes": ["TEN"]]), "paid"),
        Fate(try scene.placed([scene.wish(2)], ["payment": ["provider": "cod"]]), "processing"),
        Fate(try scene.placed(nil, ["promotion_codes": ["TEN"]]), "paid"),
      ]
    },
    Story(together: "three together, and one without goods") { scene in
      let first = try scene.placed()
      try scene.goods.setStock(20, by: scene.seller.user, on: scene.bazaar.stack)
      let order = try scene.placed([scene.wish(20)], ["promotion_codes": ["TEN"]])
      let last = try scene.placed(nil, ["promotion_codes": ["TEN"]])
      try scene.goods.setStock(19, by: scene.seller.user, on: scene.bazaar.stack)
      return [Fate(first, "paid"), Fate(order, "cancelled"), Fate(last, "paid")]
    },
    Story("a cancelled order that was paid", ends: "cancelled", with: .isGivenBack) { scene in
      let order = try scene.placed(nil, ["promotion_codes": ["TEN"]])
      try Clerk(scene.bazaar.stack).work()
      try #require(scene.send("POST", "/orders/\(order)/cancel").status == 200)
      return order
    },
    Story("cash at the door", ends: "delivered", with: .cashIsTaken) { scene in
      let order = try scene.placed(nil, ["payment": ["provider": "cod"]])
      try Clerk(scene.bazaar.stack).work()
      try scene.deliver(order)
      return order
    },
    Story("a parcel given up", ends: "paid", with: .parcelIsPaidBack) { scene in
      let other = try scene.bazaar.goods(
        [100], in: try scene.bazaar.shop(of: try scene.bazaar.visitor([.seller])))
      let order = try scene.placed([scene.wish(), scene.wish(1, of: other.variant)])
      try Clerk(scene.bazaar.stack).work()
      try scene.giveUpParcel(of: order)
      return order
    },
    Story("goods that come back", ends: "delivered", with: .returnIsPaidBack) { scene in
      let order = try scene.placed([scene.wish(2)])
      try Clerk(scene.bazaar.stack).work()
      try scene.sendBack(order)
      return order
    },
  ]
}

extension OrderScene {
  /// By the shop itself.
  func deliver(_ order: OrderID) throws {
    let parcel = try parcel(of: order)
    for status in ["shipped", "delivered"] {
      try #require(update(parcel, ["status": .string(status)]).status == 200)
    }
  }

  /// The parcel of this scene's shop, among others.
  func giveUpParcel(of order: OrderID) throws {
    let parcel = get(order).data?["parcels"]?.array?
      .first { $0["shop_id"]?.string == shop.description }
    try #require(update(parcel?.id ?? "", ["status": "cancelled"]).status == 200)
  }

  /// One piece of what was delivered, which comes back to the shop.
  func sendBack(_ order: OrderID) throws {
    try deliver(order)
    let made = send(
      "POST", "/orders/\(order)/returns", ["items": [wish()], "reason": "Broken"])
    let changes: [JSONValue] = [
      ["status": "approved"], ["status": "received", "restock": true],
    ]
    for change in changes {
      let answer = send("PUT", "/returns/\(made.data?.id ?? "")", change, as: seller)
      try #require(answer.status == 200, "\(answer)")
    }
  }
}
