import Core
import Gate
import HTTP
import Identity
import KitTesting
import Middleware
import Postgres
import Testing

private let unlimited = RateClass("none", by: .ip, count: 0, seconds: 1, burst: 0)

@Suite struct AdministrationTests {
  /// Two administrators who take each other's rights at once do not both succeed, in whatever way
  /// they try.
  @Test(arguments: [Way.role, .status, .deletion])
  func oneAdministratorStays(_ way: Way) throws {
    let stack = try TestStack(rateScale: 1000)
    let desk = try Desk(stack, as: "auth")
    let admins = try (0..<2).map { try desk.register("admin\($0)@example.com").user.id }
    let outcomes = try Together.run(
      threads: 2, rounds: way == .deletion ? 1 : 25,
      prepare: { (try Desk(stack, as: "users"), $0) },
      before: { _ in
        for admin in admins { try stack.makeAdmin(admin) }
        try stack.look().execute("UPDATE identity.users SET status = 'active'")
      }
    ) { worker, _ in
      try Self.attack(way, worker.0, admins[1 - worker.1], as: admins[worker.1])
    }
    for outcome in outcomes {
      #expect(outcome.filter { $0 == nil }.count == 1)
      #expect(outcome.filter { $0 == .lastAdmin }.count == 1)
    }
  }

  enum Way { case role, status, deletion }

  /// Nil when it succeeded.
  private static func attack(_ way: Way, _ desk: Desk, _ victim: UserID, as actor: UserID) throws
    -> IdentityError?
  {
    let change = RightsChange(user: victim, actor: actor, reason: nil, requestID: "test")
    do {
      switch way {
      case .role:
        _ = try desk.database.transaction {
          try desk.accounts.changeRoles(change, to: [.customer], check: { _ in }, in: $0)
        }
      case .status:
        _ = try desk.database.transaction {
          try desk.accounts.changeStatus(change, to: .disabled, check: { _ in }, in: $0)
        }
      case .deletion:
        try desk.accounts.deleteAccount(
          of: actor, password: Desk.password, check: { _ in }, in: desk.database)
      }
      return nil
    } catch let error as IdentityError {
      return error
    }
  }

  /// Whatever happens at once, an old token ends up with the roles of the row.
  @Test func marksAgreeWithTheRow() throws {
    let stack = try TestStack(rateScale: 1000)
    let desk = try Desk(stack)
    let root = try desk.register("root@example.com").user.id
    try stack.makeAdmin(root)
    let grant = try desk.register()
    let session = try #require(try desk.session(of: grant.user.id))
    let bearer = Gate.Bearer(
      user: grant.user.id, session: session, issuedAt: grant.user.createdAt)
    let disagreements = try Together.run(
      threads: 6, rounds: 60, prepare: { (try Desk(stack, as: "users"), $0) },
      before: { _ in stack.clock.advance(by: .milliseconds(2)) }
    ) { worker, round in
      let (desk, index) = worker
      let roles: [Role] = (index + round).isMultiple(of: 2) ? [.customer, .admin] : [.customer]
      _ = try desk.database.transaction {
        try desk.accounts.changeRoles(
          RightsChange(user: grant.user.id, actor: root, reason: nil, requestID: "test"),
          to: roles, check: { _ in }, in: $0)
      }
    }
    #expect(disagreements.count == 60)
    #expect(try desk.standing(of: bearer) == .goodWithRoles(try desk.roles(of: grant.user.id)))
  }

  /// Roles given are marked after the commit. When that comes late, and they were taken again
  /// meanwhile, the older mark must not win.
  @Test func aLateMarkGivesNothingBack() throws {
    let stack = try TestStack(rateScale: 1000)
    let desk = try Desk(stack)
    let grant = try desk.register()
    let ana = grant.user.id
    let session = try #require(try desk.session(of: ana))
    let bearer = Gate.Bearer(user: ana, session: session, issuedAt: grant.user.createdAt)
    #expect(try desk.standing(of: bearer) == .goodWithRoles([.customer]))
    let gate = desk.services.gate
    let given = stack.clock.clock.now + .milliseconds(5)
    let taken = given + .milliseconds(5)
    gate.mark(roles: [.customer], of: ana, before: given, version: 2)
    gate.mark(roles: [.customer], of: ana, before: taken, version: 3)
    gate.mark(roles: [.customer, .admin], of: ana, before: given, version: 2)
    #expect(try desk.standing(of: bearer) == .goodWithRoles([.customer]))
    gate.mark(roles: [.customer, .seller], of: ana, before: taken, version: 3)
    #expect(try desk.standing(of: bearer) == .goodWithRoles([.customer, .seller]))
  }
}

extension Desk {
  fileprivate func standing(of bearer: Gate.Bearer) throws -> Gate.Standing {
    try services.gate.pass(unlimited, key: "test", bearer: bearer).standing
  }

  fileprivate func session(of user: UserID) throws -> SessionID? {
    try stack.look().first("SELECT s.id FROM identity.sessions AS s WHERE s.user_id = \(user)") {
      row in try row.next()
    }
  }

  fileprivate func roles(of user: UserID) throws -> [Role] {
    try stack.look().first("SELECT u.roles FROM identity.users AS u WHERE u.id = \(user)") { row in
      (try row.next() as [String]).compactMap(Role.init(rawValue:)).sorted()
    } ?? []
  }
}
