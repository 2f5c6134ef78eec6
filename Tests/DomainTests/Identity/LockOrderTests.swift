import Core
import Events
import Identity
import KitTesting
import Postgres
import Testing

/// Whoever changes a user and what belongs to it locks the user first. In another order two
/// requests can wait for each other until Postgres ends one of them, a second later.
@Suite struct LockOrderTests {
  @Test func refreshingWaitsForTheUserFirst() throws {
    let stack = try TestStack()
    let grant = try Desk(stack).register()
    try whileLocked(grant.user.id, stack, free: "identity.sessions", "identity.refresh_tokens") {
      let desk = try Desk(stack)
      _ = try desk.accounts.refresh(grant.refreshToken, on: Desk.device, in: desk.database)
    }
  }

  @Test func verifyingWaitsForTheUserFirst() throws {
    let stack = try TestStack()
    let grant = try Desk(stack).register()
    let token = try Desk(stack).mailedToken(.verifyEmail)
    try whileLocked(grant.user.id, stack, free: "identity.mail_tokens") {
      let desk = try Desk(stack)
      try desk.database.transaction { try desk.accounts.verifyEmail(token, in: $0) }
    }
  }

  @Test func resettingWaitsForTheUserFirst() throws {
    let stack = try TestStack()
    let desk = try Desk(stack)
    let grant = try desk.register()
    try desk.database.transaction { try desk.accounts.forgotPassword("ana@example.com", in: $0) }
    let token = try desk.mailedToken(.resetPassword)
    try whileLocked(grant.user.id, stack, free: "identity.mail_tokens", "identity.sessions") {
      let desk = try Desk(stack)
      try desk.accounts.resetPassword(token, to: "Quartz-8-umbrella", in: desk.database)
    }
  }

  /// Administrators and whom they change are locked in the order of their keys, not one after the
  /// other: somebody else may see in the changed one an administrator.
  @Test(arguments: ["role", "status", "deletion"])
  func administrationLocksInKeyOrder(_ verb: String) throws {
    let stack = try TestStack()
    let ana = try Desk(stack).register().user.id
    stack.clock.advance(by: .seconds(1))
    let root = try Desk(stack).register("root@example.com").user.id
    try stack.makeAdmin(root)
    let change = RightsChange(user: ana, actor: root, reason: nil, requestID: "test")
    try whileLocked(ana, stack, free: "identity.users WHERE email = 'root@example.com'") {
      let desk = try Desk(stack, as: "users")
      let accounts = desk.accounts
      switch verb {
      case "role":
        _ = try desk.database.transaction {
          try accounts.changeRoles(change, to: [.seller], check: { _ in }, in: $0)
        }
      case "status":
        _ = try desk.database.transaction {
          try accounts.changeStatus(change, to: .disabled, check: { _ in }, in: $0)
        }
      default:
        try accounts.deleteAccount(
          of: ana, password: Desk.password, check: { _ in }, in: desk.database)
      }
    }
  }

  /// Runs `work` against a locked user and, once it waits, sees that it holds no row of `tables`.
  private func whileLocked(
    _ user: UserID, _ stack: TestStack, free tables: SQL...,
    work: @escaping @Sendable () throws -> Void
  ) throws {
    let working = try stack.look().transaction { holder in
      try holder.execute("SELECT u.id FROM identity.users AS u WHERE u.id = \(user) FOR UPDATE")
      let working = Background(work)
      let observer = stack.look()
      #expect(try becomesTrue { try isSomebodyWaiting(observer) })
      for table in tables {
        try observer.execute("SELECT FROM \(table) FOR UPDATE NOWAIT")
      }
      return working
    }
    try working.value()
  }

  private func isSomebodyWaiting(_ database: Database) throws -> Bool {
    try database.first(
      """
      SELECT count(*) > 0 FROM pg_stat_activity AS a
      WHERE a.datname = current_database() AND a.wait_event_type = 'Lock'
      """
    ) { row in try row.next() } ?? false
  }
}
