package import Core
internal import Events
internal import Gate
package import Postgres

extension Shopkeeping {
  /// Opens a shop for somebody, who becomes a seller with it. Throws `tooManyShops`.
  package func openShop(
    _ details: ShopDetails, of owner: UserID, in transaction: Transaction
  ) throws -> Shop {
    let moment = now + .milliseconds(1)
    let (grants, counts) = try ShopStore.grantSeller(
      to: owner, before: moment, at: now, in: transaction)
    guard let grant = grants else { throw ShopsError.noSuchOwner }
    guard counts < Self.shopsMax else { throw ShopsError.tooManyShops }
    let id = ids.id(ShopKind.self)
    try ShopStore.insert(id, details, of: owner, at: now, in: transaction)
    if grant.changed { try announceRole(grant, of: owner, before: moment, in: transaction) }
    try announce(ShopOpened(shopId: id, ownerId: owner, name: details.name), in: transaction)
    guard let shop = try ShopStore.find(id, in: transaction) else { throw ShopsError.noSuchShop }
    return shop
  }

  /// A role that is given holds once it is committed, for tokens that do not tell of it as well.
  private func announceRole(
    _ grant: ShopStore.SellerGrant, of owner: UserID, before moment: Timestamp,
    in transaction: Transaction
  ) throws {
    try announce(UserRolesChanged(userId: owner, roles: grant.roles), in: transaction)
    transaction.onCommit { [gate] in
      gate.mark(roles: grant.roles, of: owner, before: moment, version: grant.version)
    }
  }
}
