import Core
import HTTP
import JSON
import KitTesting
import Postgres
import Testing

/// What has had its time is really gone, and what has not stays.
@Suite struct ForgettingTests {
  private let scene: OrderScene
  private var look: Database { scene.bazaar.stack.look() }
  private var now: Timestamp { scene.bazaar.stack.clock.clock.now }

  init() throws { scene = try OrderScene() }

  private func pass(_ time: Duration) { scene.bazaar.stack.clock.advance(by: time) }

  private func names(_ sql: SQL) throws -> [String] {
    try look.query(sql) { row in try row.next() }
  }

  @Test func answersAreKeptForADay() throws {
    func place(_ key: String) throws -> TestAnswer {
      // Tokens do not last as long.
      scene.place(
        as: try scene.bazaar.session(of: scene.ana.user), headers: [(.idempotencyKey, key)])
    }
    let kept: SQL = "SELECT k.key FROM souk.idempotency_keys AS k ORDER BY k.key"
    #expect(try place("first").status == 201)
    pass(.hours(23))
    #expect(try place("second").status == 201)
    try scene.tidy()
    #expect(try names(kept) == ["first", "second"])
    pass(.hours(2))
    try scene.tidy()
    #expect(try names(kept) == ["second"])
    #expect(try place("second").header("Idempotent-Replayed") == "true")
  }

  @Test func sessionsGoAWeekAfterTheirEndWithTheirTokens() throws {
    let user = try scene.bazaar.visitor().user
    let sessions: [(name: String, expires: Duration, ended: Duration?)] = [
      ("live", .days(1), nil), ("expired", .days(-6), nil), ("long expired", .days(-8), nil),
      ("ended", .days(1), .days(-6)), ("long ended", .days(1), .days(-8)),
    ]
    for session in sessions {
      let id = IDSource().uuid()
      let ended = session.ended.map { now + $0 }
      try look.execute(
        """
        INSERT INTO identity.sessions
          (id, user_id, device, ip, created_at, last_used_at, expires_at, ended_at, end_reason)
        VALUES (\(id), \(user), \(session.name), '192.0.2.9', \(now - .days(30)),
                \(now - .days(30)), \(now + session.expires), \(ended),
                \(ended.map { _ in "logout" }))
        """)
      try look.execute(
        """
        INSERT INTO identity.refresh_tokens (hash, session_id, created_at)
        VALUES (decode(md5(\(session.name)), 'hex'), \(id), \(now))
        """)
    }
    // Those that expired, and the next time those that were ended.
    for _ in 1...2 { try scene.tidy() }
    let left = ["ended", "expired", "live"]
    #expect(
      try names("SELECT s.device FROM identity.sessions AS s WHERE s.device <> '' ORDER BY 1")
        == left)
    #expect(
      try names(
        """
        SELECT s.device FROM identity.refresh_tokens AS t
        JOIN identity.sessions AS s ON s.id = t.session_id ORDER BY 1
        """) == left)
    #expect(try scene.count("SELECT count(*) FROM identity.refresh_tokens") == 3)
  }

  @Test func spentTokensGoOnceTheyWouldHaveExpired() throws {
    let user = try scene.bazaar.visitor().user
    let spent: [(name: String, ago: Duration?)] = [
      ("present", nil), ("spent", .days(-29)), ("spent long ago", .days(-31)),
    ]
    for token in spent {
      try look.execute(
        """
        INSERT INTO identity.refresh_tokens (hash, session_id, created_at, spent_at)
        SELECT \(Array(token.name.utf8)), s.id, \(now - .days(40)), \(token.ago.map { now + $0 })
        FROM identity.sessions AS s WHERE s.user_id = \(user)
        """)
    }
    try scene.tidy()
    let left = try names(
      "SELECT convert_from(t.hash, 'UTF8') FROM identity.refresh_tokens AS t ORDER BY 1")
    #expect(left == ["present", "spent"])
  }

  @Test func tokensOfMailsGoADayAfterTheyExpired() throws {
    let user = try scene.bazaar.visitor().user
    for (name, expires) in [
      ("live", Duration.hours(1)), ("expired", .hours(-23)), ("long expired", .hours(-25)),
    ] {
      try look.execute(
        """
        INSERT INTO identity.mail_tokens (hash, user_id, purpose, email, created_at, expires_at)
        VALUES (decode(md5(\(name)), 'hex'), \(user), 'verify_email', \(name),
                \(now - .days(2)), \(now + expires))
        """)
    }
    try scene.tidy()
    #expect(
      try names("SELECT t.email FROM identity.mail_tokens AS t ORDER BY 1") == ["expired", "live"])
  }

  @Test func cartsOfGuestsGoWhenTheyExpire() throws {
    let carts = try CartScene(scene.bazaar)
    let old = try carts.guest()
    try look.execute("UPDATE cart.carts SET expires_at = \(now - .seconds(1))")
    let live = try carts.guest()
    let mine = carts.add(carts.goods)
    try #require(mine.status < 300, "\(mine)")
    try scene.tidy()
    #expect(try scene.count("SELECT count(*) FROM cart.carts") == 2)
    #expect(try scene.count("SELECT count(*) FROM cart.items") == 2)
    #expect(carts.quantities(as: .guest(old)).isEmpty)
    #expect(carts.quantities(as: .guest(live)) == [1])
    #expect(carts.quantities() == [1])
  }

  /// The saga of the first is late: its goods are free all the same.
  @Test func reservationsGoWhenTheyExpire() throws {
    let unpaid: JSONValue = ["payment": ["provider": "sandbox", "method": "never"]]
    let first = try scene.settled(unpaid)
    pass(.minutes(20))
    let ana = try scene.bazaar.session(of: scene.ana.user)
    let second = scene.place([scene.wish(2)], unpaid, as: ana)
    #expect(second.status == 201, "\(second)")
    try Clerk(scene.bazaar.stack).work()
    #expect(try scene.stock() == "10 3")
    pass(.minutes(16))
    try scene.tidy()
    #expect(try scene.stock() == "10 2")
    #expect(try scene.statusInDatabase(first) == "awaiting_payment")
    try Clerk(scene.bazaar.stack).work()
    #expect(try scene.statusInDatabase(first) == "expired")
    #expect(try scene.stock() == "10 2")
    try scene.checkInvariants()
  }
}
