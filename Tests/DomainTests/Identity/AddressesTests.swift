import Core
import Identity
import KitTesting
import Postgres
import Testing

@Suite struct AddressesTests {
  /// Whatever several threads do to one user's addresses, there is one default as long as there
  /// is an address, and never more than fifty.
  @Test func thereIsAlwaysOneDefault() throws {
    let stack = try TestStack(rateScale: 1000)
    let user = try Desk(stack).register().user.id
    _ = try Together.run(
      threads: 6, rounds: 30, prepare: { (try Desk(stack, as: "users"), $0) }
    ) { worker, round in
      let (desk, index) = worker
      do {
        try Self.change(user, desk, (index * 7 + round * 3) % 4)
      } catch IdentityError.noSuchAddress, IdentityError.tooManyAddresses {
        // Another thread was faster.
      }
      let counts = try Self.counts(of: user, stack.look())
      #expect(counts.all <= 50)
      #expect(counts.defaults == min(1, counts.all))
    }
    #expect(try stack.database.deadlocks() == 0)
  }

  private static func change(_ user: UserID, _ desk: Desk, _ kind: Int) throws {
    let accounts = desk.accounts
    let known = try AddressStore.list(of: user, in: desk.database)
    try desk.database.transaction { transaction in
      guard let address = known.randomElement(), kind > 0 else {
        _ = try accounts.createAddress(
          address(accounts, isDefault: Bool.random()), of: user, in: transaction)
        return
      }
      switch kind {
      case 1:
        try accounts.deleteAddress(address.id, of: user, check: { _ in }, in: transaction)
      case 2:
        _ = try accounts.makeDefault(address.id, of: user, check: { _ in }, in: transaction)
      default:
        _ = try accounts.createAddress(
          self.address(accounts, isDefault: true), of: user, in: transaction)
      }
    }
  }

  private static func address(_ accounts: Accounts, isDefault: Bool) -> Address {
    Address(
      id: accounts.newAddressID(), recipient: "Ana", phone: "0901234567", street: "12 Hang Bac",
      ward: nil, district: nil, city: "Ha Noi", postcode: nil, country: "VN", lat: nil, long: nil,
      isDefault: isDefault)
  }

  private static func counts(of user: UserID, _ database: Database) throws -> (
    all: Int, defaults: Int
  ) {
    let counts = try database.first(
      """
      SELECT count(*), count(*) FILTER (WHERE is_default) FROM identity.addresses
      WHERE user_id = \(user)
      """
    ) { row in (all: try row.next() as Int, defaults: try row.next() as Int) }
    return try #require(counts)
  }
}
