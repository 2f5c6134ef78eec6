package import Core
internal import Events
package import Postgres

extension OrderBook {
  /// Until something of it has been shipped. The order is cancelled at once; stock, promotions
  /// and money go back after it, by the saga that hears of it. Cancelling what is cancelled does
  /// nothing.
  package func cancel(
    _ id: OrderID, reason: String?, by caller: Actor, check: (_ version: Int) throws -> Void,
    in transaction: Transaction
  ) throws {
    let (orders, parcels) = try transaction.read(
      OrderStore.lock(id, of: caller.user, orAdmin: caller.isAdmin), ParcelStore.list(of: id))
    guard let order = orders.first else { throw OrderError.noSuchOrder }
    try check(order.version)
    guard order.status != .cancelled else { return }
    guard !parcels.contains(where: \.status.isOutOfTheHouse) else {
      throw OrderError.alreadyShipped
    }
    try self.check(order, to: .cancelled)
    try cancelWhole(
      order, reason: reason ?? "The customer changed their mind.", by: caller.user, parcels,
      in: transaction)
  }

  func cancelWhole(
    _ order: Order, reason: String, by actor: UserID?, _ parcels: [Parcel] = [],
    in transaction: Transaction
  ) throws {
    OrderStore.setDead(.cancelled, reason: reason, of: order.id, at: now, in: transaction)
    for parcel in parcels where parcel.status.mayBecome(.cancelled) {
      ParcelStore.setStatus(.cancelled, of: parcel.id, at: now, in: transaction)
    }
    note(order, .cancelled, "Cancelled: \(reason)", by: actor, in: transaction)
    try tell(moved(order, as: OrderStates.Cancelled.self, reason), in: transaction)
  }
}

/// Who does something to an order.
package struct Actor: Sendable {
  package let user: UserID
  package let isAdmin: Bool

  package init(_ user: UserID, isAdmin: Bool) {
    self.user = user
    self.isAdmin = isAdmin
  }
}
