import Core
import Glibc
import JSON
import Processes
import Testing

/// The scheduled function as it runs: started every minute, and again when it dies.
@Suite(.marketplace, .serialized) struct SchedulerTests {
  @Test func aKilledSchedulerComesBack() throws {
    let market = try market()
    let before = try pid(of: "scheduler")
    kill(before, SIGKILL)
    #expect(try market.eventually { try pid(of: "scheduler") != before })
  }

  /// Beside the one that runs already.
  @Test func aTickMoreDoesNoHarm() throws {
    let market = try market()
    try market.souk("tick", "--once")
    let head = try market.admin("/api/v1/admin/outbox")["data"]["head"].integer ?? 0
    #expect(try market.register("tick@example.com").status == 201)
    try market.souk("tick", "--once")
    #expect(try market.admin("/api/v1/admin/outbox")["data"]["head"].integer ?? 0 > head)
  }

  @Test func whatIsCommittedIsPlacedAtOnce() throws {
    let market = try market()
    let head = try market.admin("/api/v1/admin/outbox")["data"]["head"].integer ?? 0
    #expect(try market.register("nudge@example.com").status == 201)
    let isPlaced = try market.eventually {
      try market.admin("/api/v1/admin/outbox")["data"]["head"].integer ?? 0 > head
    }
    #expect(isPlaced)
  }
}

extension Marketplace {
  /// What an administrator reads there.
  fileprivate func admin(_ path: String) throws -> JSONValue {
    try send("GET", path, token: try logIn("admin")).json
  }
}
