package import Core
package import Postgres

extension Accounts {
  package static let addressesMax = 50

  package func newAddressID() -> AddressID { ids.id() }

  /// The first address becomes the default, whatever it says. Throws `tooManyAddresses`.
  package func createAddress(_ address: Address, of user: UserID, in transaction: Transaction)
    throws -> Address
  {
    let count = try lockAddresses(of: user, in: transaction)
    guard count < Self.addressesMax else { throw IdentityError.tooManyAddresses }
    var address = address
    if count == 0 { address.isDefault = true }
    if address.isDefault { AddressStore.clearDefault(of: user, at: now, in: transaction) }
    return try found(AddressStore.insert(address, of: user, at: now, in: transaction))
  }

  /// There is always one default: it moves to another address, but is never just taken away.
  package func updateAddress(
    _ id: AddressID, of user: UserID, _ changes: AddressChanges, check: (Int) throws -> Void,
    in transaction: Transaction
  ) throws -> Address {
    _ = try lockAddresses(of: user, in: transaction)
    let address = try found(AddressStore.find(id, of: user, in: transaction))
    try check(address.version)
    var changed = changes.applied(to: address)
    guard (changed.lat == nil) == (changed.long == nil) else { throw IdentityError.halfAPlace }
    if changes.isDefault == true, !address.isDefault {
      AddressStore.clearDefault(of: user, at: now, in: transaction)
      changed.isDefault = true
    }
    return try found(AddressStore.update(changed, at: now, in: transaction))
  }

  package func makeDefault(
    _ id: AddressID, of user: UserID, check: (Int) throws -> Void, in transaction: Transaction
  ) throws -> Address {
    _ = try lockAddresses(of: user, in: transaction)
    var address = try found(AddressStore.find(id, of: user, in: transaction))
    try check(address.version)
    guard !address.isDefault else { return address }
    AddressStore.clearDefault(of: user, at: now, in: transaction)
    address.isDefault = true
    return try found(AddressStore.update(address, at: now, in: transaction))
  }

  /// When the default goes, the newest of the others takes its place.
  package func deleteAddress(
    _ id: AddressID, of user: UserID, check: (Int) throws -> Void, in transaction: Transaction
  ) throws {
    _ = try lockAddresses(of: user, in: transaction)
    let address = try found(AddressStore.find(id, of: user, in: transaction))
    try check(address.version)
    AddressStore.delete(id, in: transaction)
    if address.isDefault { AddressStore.makeNewestDefault(of: user, at: now, in: transaction) }
  }

  private func lockAddresses(of user: UserID, in transaction: Transaction) throws -> Int {
    guard let count = try AddressStore.lockAll(of: user, in: transaction) else {
      throw IdentityError.noSuchUser
    }
    return count
  }

  private func found(_ address: Address?) throws -> Address {
    guard let address else { throw IdentityError.noSuchAddress }
    return address
  }
}
