package import Core
internal import Events
package import Middleware
package import Postgres

extension Shopkeeping {
  /// Throws `noSuchShop` also where the shop is somebody else's, `currencyFixed`, `archived`,
  /// `statusNotYours`.
  package func changeShop(
    _ id: ShopID, by caller: Caller, _ changes: ShopChanges, check: (Int) throws -> Void,
    in transaction: Transaction
  ) throws -> Shop {
    let shop = try lock(id, for: caller, check, in: transaction)
    guard shop.status != .archived else { throw ShopsError.archived }
    guard changes.currency == nil || changes.currency == shop.currency else {
      throw ShopsError.currencyFixed
    }
    let status = changes.status ?? shop.status
    try move(shop, to: status, by: caller, reason: changes.reason, in: transaction)
    ShopStore.update(id, changes.applied(to: shop), status, at: now, in: transaction)
    return try found(ShopStore.find(id, in: transaction))
  }

  /// Takes the shop and its products out of sight for good; what was sold keeps pointing there.
  package func archiveShop(
    _ id: ShopID, by caller: Caller, check: (Int) throws -> Void, in transaction: Transaction
  ) throws {
    let shop = try lock(id, for: caller, check, in: transaction)
    guard shop.status != .archived else { throw ShopsError.noSuchShop }
    try move(shop, to: .archived, by: caller, reason: nil, in: transaction)
    ShopStore.setStatus(.archived, of: id, at: now, in: transaction)
  }

  private func lock(
    _ id: ShopID, for caller: Caller, _ check: (Int) throws -> Void, in transaction: Transaction
  ) throws -> Shop {
    let shop = try found(ShopStore.lock(id, in: transaction))
    guard caller.manages(whatIsOf: shop.owner.id) else { throw ShopsError.noSuchShop }
    try check(shop.version)
    return shop
  }

  /// A change of status is announced, and noted where an administrator makes it.
  private func move(
    _ shop: Shop, to status: ShopStatus, by caller: Caller, reason: String?,
    in transaction: Transaction
  ) throws {
    guard status != shop.status else { return }
    let touchesBan = status == .banned || shop.status == .banned
    guard !touchesBan || caller.has(.admin) else { throw ShopsError.statusNotYours }
    if caller.has(.admin) {
      ShopAuditStore.insert(
        ShopAuditStore.Entry(
          actor: caller.user, shop: shop.id, before: shop.status, after: status, reason: reason,
          requestID: requestID),
        id: ids.uuid(), at: now, in: transaction)
    }
    try announce(
      ShopStatusChanged(shopId: shop.id, status: status.rawValue), in: transaction)
  }

  private func found(_ shop: Shop?) throws -> Shop {
    guard let shop else { throw ShopsError.noSuchShop }
    return shop
  }
}
