import Core
import Crypto
import Gate
import Identity
import Middleware
import Postgres
import Redis

/// What there is to try the system with: accounts, made through the domain as if four people had
/// signed up, and what they sell.
struct DemoData {
  private let home: Home
  private let port: Int
  private let database: Database
  private let accounts: Accounts
  private let gate: Gate
  private let ids = IDSource()

  init(_ home: Home, _ backends: Backends, port: Int) throws {
    self.home = home
    self.port = port
    database = try backends.database(for: "demo")
    let redis = Redis(RedisSettings(url: try backends.redisURL()))
    gate = Gate(
      redis: redis, database: database, local: LocalLimiter(clock: ids.clock), scale: 1)
    accounts = Accounts(
      ids: ids, passwords: PasswordHasher(),
      keys: try KeyRing(directory: home.keys, clock: ids.clock),
      gate: gate, refreshKey: Randomness.system.bytes(32), publicURL: "http://127.0.0.1:\(port)",
      issuer: AccessToken.issuer, audience: AccessToken.audience, trace: nil)
  }

  /// Makes what is missing, and writes down how to sign in. A start that was cut off goes on
  /// where it ended.
  func plant() throws {
    var file = DemoFile(baseURL: "http://127.0.0.1:\(port)", passwords: [:])
    file.passwords = try DemoFile(readingFrom: home.demo)?.passwords ?? [:]
    for account in DemoAccount.allCases {
      let known = file.passwords[account]
      let password = known ?? Self.password()
      file.passwords[account] = password
      // Written first: a password that nobody knows helps nobody.
      try file.write(to: home.demo)
      try plant(account, password: password, isPasswordSet: known != nil)
    }
    try file.write(to: home.demo)
    guard let seller = try find(.seller) else { throw Failure("the demo's seller is gone") }
    try DemoAssortment(
      database: database, gate: gate, ids: ids, seller: seller.id, media: home.media,
      mediaURL: "http://127.0.0.1:\(port)/media"
    ).plant()
  }

  /// Twenty letters and digits of chance, and one of each kind the policy asks for.
  private static func password() -> String { "Sk-\(Secrets.text(bytes: 15))7" }

  private func plant(_ account: DemoAccount, password: String, isPasswordSet: Bool) throws {
    guard let user = try find(account) else {
      let prepared = try accounts.prepare(
        Registration(
          email: account.email, password: password, fullName: account.fullName,
          phone: "+1 555 0100", username: nil))
      let grant = try database.transaction { transaction in
        try accounts.register(
          prepared, on: Device(name: "souk up", ip: "127.0.0.1"), in: transaction)
      }
      return try furnish(account, grant.user)
    }
    try furnish(account, user)
    if !isPasswordSet { try reset(account, to: password) }
  }

  private func find(_ account: DemoAccount) throws -> User? {
    try UserDirectory.list(
      UserFilter(text: account.email, role: nil, status: nil), after: nil, limit: 10, offset: 0,
      in: database
    ).first { $0.email == account.email }
  }

  /// An external database may know the accounts from another home: they get a password that this
  /// one knows, by the way anybody would take.
  private func reset(_ account: DemoAccount, to password: String) throws {
    try database.transaction { try accounts.forgotPassword(account.email, in: $0) }
    let token = try token(in: "reset_password", for: account)
    try accounts.resetPassword(token, to: password, in: database)
  }

  /// What the newest mail of this kind holds.
  private func token(in template: String, for account: DemoAccount) throws -> String {
    let token: String? = try database.first(
      """
      SELECT e.payload->'values'->>'token' FROM outbox.events AS e
      WHERE e.type = 'mail.requested.v1' AND e.payload->>'to' = \(account.email)
        AND e.payload->>'template' = \(template)
      ORDER BY e.sequence DESC LIMIT 1
      """
    ) { row in try row.next() }
    guard let token else { throw Failure("no mail \(template) was written for \(account.email)") }
    return token
  }

  // MARK: What belongs to each

  /// The mail is confirmed together with all the rest, so that it tells whether that was done.
  private func furnish(_ account: DemoAccount, _ user: User) throws {
    guard !user.emailVerified else { return }
    let token = try self.token(in: "verify_email", for: account)
    try database.transaction { transaction in
      try accounts.verifyEmail(token, in: transaction)
      switch account {
      case .admin: try give(.admin, to: user, in: transaction)
      case .seller: try give(.seller, to: user, in: transaction)
      case .shipper:
        _ = try accounts.registerShipper(Self.van, user: user.id, in: transaction)
      case .customer:
        for address in addresses(of: user) {
          _ = try accounts.createAddress(address, of: user.id, in: transaction)
        }
      }
    }
  }

  private func give(_ role: Role, to user: User, in transaction: Transaction) throws {
    let change = RightsChange(
      user: user.id, actor: user.id, reason: "demo account", requestID: "souk-up")
    _ = try accounts.changeRoles(
      change, to: user.roles + [role], check: { _ in }, in: transaction)
  }

  private static let van = ShipperDetails(
    vehicleType: .van, licensePlate: "SK-2048", vehicleImageUrl: nil, identityCardUrl: nil)

  private func addresses(of user: User) -> [Address] {
    [
      Address(
        id: accounts.newAddressID(), recipient: user.fullName, phone: "+1 555 0100",
        street: "12 Harbour Street", ward: nil, district: nil, city: "Portland",
        postcode: "04101", country: "US", lat: 43.6591, long: -70.2568, isDefault: true),
      Address(
        id: accounts.newAddressID(), recipient: "\(user.fullName), c/o Blue Door Studio",
        phone: "+1 555 0101", street: "48 Mill Lane", ward: nil, district: "Old Town",
        city: "Boston", postcode: "02108", country: "US", lat: nil, long: nil, isDefault: false),
    ]
  }
}
