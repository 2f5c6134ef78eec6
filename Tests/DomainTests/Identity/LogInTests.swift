import Core
import Crypto
import Identity
import KitTesting
import Postgres
import Testing

@Suite struct LogInTests {
  /// An unknown account costs the same hashing as a wrong password: with every place at the
  /// hasher taken, neither gets an answer.
  @Test func theWorkIsTheSameForUnknownAccounts() throws {
    let turnstile = Turnstile(slots: 1, queue: 0, longestWait: .zero)
    let stack = try TestStack()
    _ = try Desk(stack).register("ana@example.com")
    let desk = try Desk(stack, passwords: PasswordHasher(turnstile: turnstile))
    for email in ["ana@example.com", "bob@example.com"] {
      let whileTaken = try turnstile.run { Result { try logIn(desk, email, "Wrong-1") } }
      #expect(throws: PasswordBusy.queueFull, "\(email)") { try whileTaken.get() }
      #expect(throws: IdentityError.invalidCredentials, "\(email)") {
        try logIn(desk, email, "Wrong-1")
      }
    }
  }

  /// Between the look at the password and the new session anything may happen to the account.
  @Test(arguments: [
    "password_hash = 'another'", "status = 'disabled'",
    "status = 'deleted', email = NULL, password_hash = NULL",
  ])
  func aChangeMeanwhileIsNoticed(_ change: String) throws {
    let stack = try TestStack()
    let desk = try Desk(stack)
    _ = try desk.register()
    var isDone = false
    desk.database.onStatement = { text in
      guard text.contains("FOR UPDATE"), !isDone else { return }
      isDone = true
      do {
        try stack.look().execute("UPDATE identity.users SET \(unescaped: change)")
      } catch {
        Issue.record(error)
      }
    }
    #expect(throws: IdentityError.invalidCredentials) {
      try logIn(desk, "ana@example.com", Desk.password)
    }
    #expect(isDone)
    let sessions: Int? = try stack.look().first("SELECT count(*) FROM identity.sessions") { row in
      try row.next()
    }
    #expect(sessions == 1)
  }

  private func logIn(_ desk: Desk, _ email: String, _ password: String) throws {
    _ = try desk.accounts.logIn(email, password: password, on: Desk.device, in: desk.database)
  }
}
