package import Core
package import Postgres

extension Accounts {
  /// Adds the profile and the role. Throws `alreadyShipper`.
  package func registerShipper(
    _ details: ShipperDetails, user id: UserID, in transaction: Transaction
  ) throws -> Shipper {
    guard let user = try UserStore.lock(id, in: transaction) else { throw IdentityError.noSuchUser }
    guard try ShipperStore.insert(details, of: id, at: now, in: transaction) else {
      throw IdentityError.alreadyShipper
    }
    _ = try setRoles(of: user, to: Set(user.roles + [.shipper]).sorted(), in: transaction)
    return try found(ShipperStore.find(id, in: transaction))
  }

  package func updateShipper(
    _ id: UserID, _ changes: ShipperChanges, check: (Int) throws -> Void,
    in transaction: Transaction
  ) throws -> Shipper {
    guard try UserStore.lock(id, in: transaction) != nil else { throw IdentityError.noSuchUser }
    let shipper = try found(ShipperStore.find(id, in: transaction))
    try check(shipper.version)
    ShipperStore.update(changes.applied(to: shipper), of: id, at: now, in: transaction)
    return try found(ShipperStore.find(id, in: transaction))
  }

  /// Takes the profile and the role away.
  package func deleteShipper(
    _ id: UserID, check: (Int) throws -> Void, in transaction: Transaction
  ) throws {
    guard let user = try UserStore.lock(id, in: transaction) else { throw IdentityError.noSuchUser }
    try check(found(ShipperStore.find(id, in: transaction)).version)
    guard try ShipperStore.delete(id, in: transaction) else { throw IdentityError.noSuchShipper }
    _ = try setRoles(of: user, to: user.roles.filter { $0 != .shipper }, in: transaction)
  }

  private func found(_ shipper: Shipper?) throws -> Shipper {
    guard let shipper else { throw IdentityError.noSuchShipper }
    return shipper
  }
}
