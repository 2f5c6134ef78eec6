package import Core
internal import Events
package import Postgres

/// What a customer wants to send back.
package struct ReturnWish: Sendable {
  package let parcel: ParcelID?
  /// Nil means everything of the parcel.
  package let items: [Item]?
  package let reason: String

  package struct Item: Sendable {
    package let variant: VariantID
    package let quantity: Int
    /// Where in the request it stands.
    package let field: String

    package init(variant: VariantID, quantity: Int, field: String) {
      self.variant = variant
      self.quantity = quantity
      self.field = field
    }
  }

  package init(parcel: ParcelID?, items: [Item]?, reason: String) {
    self.parcel = parcel
    self.items = items
    self.reason = reason
  }
}

extension OrderBook {
  /// Of a delivered parcel. What is on its way back cannot be sent back again. The money is what
  /// was paid for it: the parts of a line always sum to the line.
  package func requestReturn(
    _ wish: ReturnWish, of id: OrderID, by customer: UserID, in transaction: Transaction
  ) throws -> ReturnID {
    let (orders, parcels, items, promised) = try transaction.read(
      OrderStore.lock(id, of: customer, orAdmin: false), ParcelStore.list(of: id),
      ItemStore.list(of: id), ReturnStore.promised(of: id))
    guard let order = orders.first else { throw OrderError.noSuchOrder }
    let parcel = try pick(wish, parcels, items)
    let wanted = try quantities(wish, items.filter { $0.shop == parcel.shop })
    let given = Dictionary(uniqueKeysWithValues: promised.map { ($0.variant, $0.amount) })
    let lines = wanted.map { item, quantity in
      let amount = item.price(ofNext: quantity, given: given[item.variant] ?? 0)
      return (variant: item.variant, quantity: quantity, amount: amount)
    }
    let returnID = ReturnID(ids.uuid())
    let amount = Money(lines.reduce(0) { $0 + $1.amount }, parcel.amount.currency)
    ReturnStore.insert(
      returnID, of: parcel, reason: wish.reason, amount: amount.amount, lines, at: now,
      in: transaction)
    let added = Dictionary(uniqueKeysWithValues: lines.map { ($0.variant, $0.quantity) })
    ItemStore.addReturned(added, of: id, in: transaction)
    try tell(
      .requested, returnID, amount, parcel, order, "A return was asked for: \(wish.reason)",
      by: customer, in: transaction)
    return returnID
  }

  private func pick(
    _ wish: ReturnWish, _ parcels: [Parcel], _ items: [Order.Item]
  ) throws -> Parcel {
    let delivered = parcels.filter { $0.status == .delivered }
    if let named = wish.parcel {
      guard let parcel = parcels.first(where: { $0.id == named }) else {
        throw OrderError.noSuchParcel
      }
      guard parcel.status == .delivered else { throw OrderError.nothingToReturn }
      return parcel
    }
    if let first = wish.items?.first {
      guard let item = items.first(where: { $0.variant == first.variant }) else {
        throw OrderError.noSuchVariant(field: "\(first.field).variant_id")
      }
      guard let parcel = delivered.first(where: { $0.shop == item.shop }) else {
        throw OrderError.nothingToReturn
      }
      return parcel
    }
    guard let parcel = delivered.first else { throw OrderError.nothingToReturn }
    return parcel
  }

  private func quantities(
    _ wish: ReturnWish, _ items: [Order.Item]
  ) throws -> [(item: Order.Item, quantity: Int)] {
    guard let wanted = wish.items else {
      let left = items.map { (item: $0, quantity: $0.quantity - $0.returned) }
        .filter { $0.quantity > 0 }
      guard !left.isEmpty else { throw OrderError.nothingToReturn }
      return left
    }
    var seen = Set<VariantID>()
    return try wanted.map { wanted in
      guard let item = items.first(where: { $0.variant == wanted.variant }) else {
        throw OrderError.noSuchVariant(field: "\(wanted.field).variant_id")
      }
      guard seen.insert(wanted.variant).inserted else {
        throw OrderError.namedTwice(field: "\(wanted.field).variant_id")
      }
      let left = item.quantity - item.returned
      guard wanted.quantity <= left else {
        throw OrderError.tooManyReturned(field: "\(wanted.field).quantity", left: left)
      }
      return (item, wanted.quantity)
    }
  }

  /// What the shop says to it. Once the goods are there, the money goes back by itself.
  package func decide(
    _ id: ReturnID, _ status: ReturnStatus, restock: Bool?, note: String?,
    by manager: ShopManager, check: (_ version: Int) throws -> Void, in transaction: Transaction
  ) throws {
    let (order, found, items, parcels) = try lock(id, for: .shop(manager), in: transaction)
    try check(found.version)
    guard found.status != status else { return }
    // Refunded is what the saga says, when the money has gone.
    guard found.status.mayBecome(status), status != .refunded else {
      throw OrderError.illegalTransition(from: found.status.rawValue, to: status.rawValue)
    }
    if status == .received, restock == nil { throw OrderError.restockUndecided }
    ReturnStore.setStatus(status, of: id, restock: restock, note: note, at: now, in: transaction)
    if status == .rejected {
      let back = Dictionary(uniqueKeysWithValues: items.map { ($0.variantId, -$0.quantity) })
      ItemStore.addReturned(back, of: order.id, in: transaction)
    }
    guard let parcel = parcels.first(where: { $0.id == found.parcelId }) else { return }
    let words =
      switch status {
      case .approved: "The shop agreed to the return."
      case .rejected: "The shop did not agree to the return."
      default: "The goods came back to the shop."
      }
    try tell(
      status, id, found.amount, parcel, order, words + (note.map { " \($0)" } ?? ""),
      by: manager.user, in: transaction)
  }

  /// The money of a return has gone back.
  package func settle(
    _ id: ReturnID, in transaction: Transaction
  ) throws {
    let (order, found, _, parcels) = try lock(id, for: .anybody, in: transaction)
    guard found.status.mayBecome(.refunded),
      let parcel = parcels.first(where: { $0.id == found.parcelId })
    else { return }
    ReturnStore.setStatus(.refunded, of: id, restock: nil, note: nil, at: now, in: transaction)
    try tell(
      .refunded, id, found.amount, parcel, order, "The money of the return went back.", by: nil,
      in: transaction)
  }

  package func lock(
    _ id: ReturnID, for reader: ReturnStore.Reader, in transaction: Transaction
  ) throws -> (order: Order, found: Return, items: [Return.Item], parcels: [Parcel]) {
    guard let order = try transaction.read(ReturnStore.lockOrder(of: id)).first else {
      throw OrderError.noSuchReturn
    }
    let (returns, items, parcels) = try transaction.read(
      ReturnStore.find(id, for: reader), ReturnStore.items(of: id), ParcelStore.list(of: order.id))
    guard let found = returns.first else { throw OrderError.noSuchReturn }
    return (order, found, items, parcels)
  }

  /// One round trip. Nil when it is not theirs to see.
  package static func read(
    _ id: ReturnID, for reader: Actor, in database: some Querying
  ) throws -> Return? {
    let (returns, items) = try database.read(
      ReturnStore.find(id, for: .person(reader)), ReturnStore.items(of: id))
    guard var found = returns.first else { return nil }
    found.items = items
    return found
  }

  private func tell(
    _ status: ReturnStatus, _ id: ReturnID, _ amount: Money, _ parcel: Parcel, _ order: Order,
    _ words: String, by actor: UserID?, in transaction: Transaction
  ) throws {
    HistoryStore.append(
      .init(
        order: order.id, parcel: parcel.id, return: id, status: status.rawValue, words: words,
        actor: actor),
      at: now, in: transaction)
    try tell(
      ReturnChanged(
        returnId: id, orderId: order.id, shopId: parcel.shop, customerId: order.customer,
        status: status.rawValue, amount: amount),
      in: transaction)
  }
}
