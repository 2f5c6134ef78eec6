package import Core
package import Postgres

extension OrderBook {
  /// Of several shippers who want the same parcel one gets it; again, for the one who has it. Who
  /// does not pick it up within a day may lose it to another.
  package func claim(
    _ id: ParcelID, by shipper: UserID, in transaction: Transaction
  ) throws -> Parcel {
    let (order, parcel, _) = try lock(ParcelStore.lockOrder(of: id), id, in: transaction)
    guard parcel.status == .packed else {
      if let other = parcel.shipper, other != shipper { throw OrderError.alreadyClaimed }
      throw OrderError.illegalTransition(from: parcel.status.rawValue, to: "claimed")
    }
    // Whoever brings it says that it was delivered, and takes the cash.
    guard shipper != order.customer else { throw OrderError.ownOrder }
    guard let claimed = try ParcelStore.claim(id, by: shipper, at: now, in: transaction) else {
      throw OrderError.alreadyClaimed
    }
    if parcel.shipper != shipper {
      HistoryStore.append(
        .init(
          order: order.id, parcel: id, status: "claimed", words: "A shipper takes a parcel.",
          actor: shipper),
        at: now, in: transaction)
    }
    return claimed
  }

  /// Picked up, delivered or not: by the shipper who claimed it.
  package func carry(
    _ id: ParcelID, to status: ParcelStatus, note: String? = nil, by shipper: UserID,
    in transaction: Transaction
  ) throws {
    let (order, parcel, others) = try lock(ParcelStore.lockOrder(of: id), id, in: transaction)
    guard parcel.shipper == shipper else {
      // Which parcels others carry is nobody's business.
      throw parcel.shipper == nil && parcel.status == .packed
        ? OrderError.notYours : OrderError.noSuchParcel
    }
    guard parcel.status != status else { return }
    try move(
      parcel, of: order, others, to: status,
      ParcelChange(status: status, carrier: nil, tracking: nil, note: note), by: shipper,
      in: transaction)
  }
}
