import Core
import Gate
import HTTP
import Identity
import KitTesting
import Postgres
import Testing

@Suite struct RefreshTests {
  /// Who refreshes while all sessions are ended is out all the same, and nobody waits for the
  /// other for ever.
  @Test func endingEverythingWins() throws {
    let stack = try TestStack(rateScale: 1000)
    let grants = try (0..<20).map { try Desk(stack).register("ana\($0)@example.com") }
    let tokens = grants.map(\.refreshToken)
    let users = grants.map(\.user.id)
    let outcomes = try Together.run(
      threads: 3, rounds: grants.count, prepare: { (try Desk(stack), $0) }
    ) { worker, round -> String? in
      let (desk, index) = worker
      if index == 0 {
        try desk.database.transaction {
          try desk.accounts.logOutEverywhere(users[round], in: $0)
        }
        return nil
      }
      return try Self.refresh(tokens[round], desk)
    }
    let desk = try Desk(stack)
    for (round, outcome) in outcomes.enumerated() {
      for token in outcome.compactMap({ $0 }) + [tokens[round]] {
        #expect(try Self.refresh(token, desk) == nil, "round \(round)")
      }
    }
    #expect(try stack.database.deadlocks() == 0)
  }

  /// Nil when it is refused.
  private static func refresh(_ token: String, _ desk: Desk) throws -> String? {
    do {
      return try desk.accounts.refresh(token, on: Desk.device, in: desk.database).refreshToken
    } catch IdentityError.invalidRefreshToken {
      return nil
    }
  }
}
