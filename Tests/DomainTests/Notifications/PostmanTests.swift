import Core
import HTTPClient
import JSON
import KitTesting
import Outbox
import Postgres
import Testing

@testable import Notifications

@Suite struct PostmanTests {
  @Test func aMailIsSentOnce() throws {
    let (scene, server) = (try NewsScene(), try LocalMailServer())
    try scene.hear(scene.order())
    let carrier = try scene.carrier(to: server)
    #expect(try scene.send(by: carrier))
    #expect(try !scene.send(by: carrier))
    #expect(try scene.deliveries() == ["mail order_confirmed sent 1"])
    let mail = try #require(server.mails.first)
    #expect(server.mails.count == 1)
    #expect(mail.text.contains("Subject: Your order 42 is confirmed\r\n"))
    #expect(mail.text.contains("From: Souk <s@souk.example>\r\nTo: Ana Lim <\(scene.ana)@"))
    #expect(mail.text.contains("Content-Transfer-Encoding: base64\r\n"))
  }

  /// A token has no business in the table when its mail has gone.
  @Test func whatWasSentIsForgotten() throws {
    let (scene, server) = (try NewsScene(), try LocalMailServer())
    try scene.hear(scene.mail(to: "ana@example.com"))
    _ = try scene.send(by: scene.carrier(to: server))
    let blanks: String? = try scene.database.database().first(
      "SELECT d.blanks::text FROM notifications.deliveries AS d"
    ) { row in try row.next() }
    #expect(blanks == "{}")
    scene.clock.advance(by: .days(31))
    #expect(try Postman(ids: scene.ids).forgetOld(limit: 10, in: scene.scheduler()) == 1)
    #expect(try scene.deliveries().isEmpty)
  }

  /// The server has it, and we do not know: it comes again as the same.
  @Test func aLostAnswerIsFollowedByTheSameMail() throws {
    let (scene, server) = (try NewsScene(), try LocalMailServer(.dropsAfterData))
    try scene.hear(scene.order())
    let carrier = try scene.carrier(to: server)
    #expect(try scene.send(by: carrier))
    #expect(try scene.deliveries() == ["mail order_confirmed pending 1"])
    #expect(try !scene.send(by: carrier), "not before its time")
    server.become(.takesAll)
    scene.clock.advance(by: .seconds(30))
    #expect(try scene.send(by: carrier))
    #expect(try scene.deliveries() == ["mail order_confirmed sent 2"])
    #expect(server.mails.count == 2 && server.mails[0].text == server.mails[1].text)
    #expect(server.mails[0].text.contains("\r\nMessage-ID: <"))
  }

  @Test func anUnknownRecipientIsNotTriedAgain() throws {
    let (scene, server) = (try NewsScene(), try LocalMailServer(.refuses("550 5.1.1 unknown")))
    try scene.hear(scene.order())
    #expect(try scene.send(by: scene.carrier(to: server)))
    #expect(try scene.deliveries() == ["mail order_confirmed failed 1"])
  }

  /// Whatever a server says can be written down.
  @Test(arguments: ["a\u{301}", "\0", "ộ"]) func aStrangeAnswerIsWrittenDown(_ word: String) throws
  {
    let answer = "451 " + String(repeating: word, count: 300)
    let (scene, server) = (try NewsScene(), try LocalMailServer(.refuses(answer)))
    for _ in 0..<2 { try scene.hear(scene.order()) }
    #expect(try scene.send(by: scene.carrier(to: server)))
    #expect(try scene.deliveries().allSatisfy { $0.hasSuffix("pending 1") })
  }

  /// A queue of a thousand mails is no reason to wait for a token until it has expired.
  @Test func whatConcernsTheAccountGoesFirst() throws {
    let (scene, server) = (try NewsScene(), try LocalMailServer())
    for _ in 0..<25 { try scene.hear(scene.order()) }
    try scene.hear(scene.mail("reset_password", to: "ana@example.com"))
    let carrier = try scene.carrier(to: server)
    #expect(try scene.send(by: carrier))
    #expect(server.mails.count == 20 && server.mails[0].recipient.contains("ana@example.com"))
    #expect(try scene.send(by: carrier))
    #expect(server.mails.count == 26)
    #expect(server.commands.count { $0.hasPrefix("EHLO") } == 2, "a connection carries many")
  }

  @Test func trouble() throws {
    let answer = "451 <ana@example.com>: later"
    let (scene, server) = (try NewsScene(), try LocalMailServer(.refuses(answer)))
    for _ in 0..<3 { try scene.hear(scene.order()) }
    var told: [String] = []
    _ = try Postman(ids: scene.ids).sendMail(
      by: scene.carrier(to: server), in: scene.scheduler(), onTrouble: { told.append($0) })
    #expect(told.count == 1 && told[0].hasPrefix("order_confirmed: curl error"), "\(told)")
    #expect(told.first?.contains("later") == true && told.first?.contains("@") == false)
  }

  /// Whoever took it and died leaves it to the next, who is not disturbed by the first any more.
  @Test func manyPostmenSendEachOnce() throws {
    let (scene, server) = (try NewsScene(), try LocalMailServer())
    for _ in 0..<20 { try scene.hear(scene.order()) }
    let carrier = try scene.carrier(to: server)
    let ids = scene.ids
    let role = scene.database
    _ = try Together.run(
      threads: 4, prepare: { _ in role.database(role: "souk_scheduler") }
    ) { database, _ in
      while try Postman(ids: ids).sendMail(by: carrier, in: database) {}
    }
    #expect(server.mails.count == 20)
    #expect(try scene.deliveries().allSatisfy { $0.hasSuffix("sent 1") })
  }

  /// What a slow server leaves no time for waits for its turn as if it had never been taken.
  @Test func nothingIsBegunThatCouldOutlastItsLease() throws {
    let scene = try NewsScene()
    let clock = scene.clock
    let server = try LocalMailServer(.takesItsTime { clock.advance(by: .seconds(20)) })
    for _ in 0..<3 { try scene.hear(scene.order()) }
    let carrier = try scene.carrier(to: server)
    #expect(try scene.send(by: carrier))
    #expect(
      try scene.deliveries() == [
        "mail order_confirmed sent 1", "mail order_confirmed sent 1",
        "mail order_confirmed pending 0",
      ])
    #expect(try scene.send(by: carrier))
    #expect(try scene.deliveries().allSatisfy { $0.hasSuffix("sent 1") })
  }

  /// Statistics of a time when nothing waited must not lead through all that waits.
  @Test func whatWasSentIsFoundByItsKey() throws {
    let scene = try NewsScene()
    let database = scene.database.database()
    try database.execute(
      """
      INSERT INTO notifications.deliveries
        (id, event_id, user_id, channel, address, template, blanks, state, created_at, settled_at)
      SELECT md5('a' || n)::uuid, md5('b' || n)::uuid, \(scene.ana), 'mail', 'a@example.com',
             'order_confirmed', '{}', 'sent', now(), now()
      FROM generate_series(1, 5000) AS n
      """)
    try database.execute("ANALYZE notifications.deliveries")
    let delivery = Delivery(
      id: IDSource().uuid(), number: 1, address: "", template: .verifyEmail, blanks: [:],
      attempts: 1, fence: 1, createdAt: scene.clock.clock.now)
    for statement in [
      DeliveryStore.settle(delivery, as: "sent", error: nil, at: scene.clock.clock.now),
      DeliveryStore.postpone(delivery, until: scene.clock.clock.now, error: ""),
    ] {
      let plan = try database.query("EXPLAIN \(statement)") { row in try row.next() as String }
        .joined(separator: "\n")
      #expect(plan.contains("using deliveries_pkey"), "\(plan)")
    }
    let claim = DeliveryStore.claim(
      .mail, limit: 20, at: scene.clock.clock.now, lease: .seconds(60))
    let plan = try database.query("EXPLAIN \(claim.sql)") { row in try row.next() as String }
      .joined(separator: "\n")
    #expect(plan.contains("using deliveries_due") && !plan.contains("Sort"), "\(plan)")
  }

  @Test func withoutAServerMailsBecomeFiles() throws {
    let scene = try NewsScene()
    let folder = try Files.makeTemporaryDirectory("mail")
    defer { try? Files.remove(folder) }
    try scene.hear(scene.mail(to: "a/../ná\r\nBcc: c@d.example"))
    let carrier = try #require(try MailCarrier(Environment(["SOUK_MAIL_FOLDER": folder])))
    #expect(try scene.send(by: carrier))
    let names = try Files.list(folder)
    #expect(names == ["1-verify_email-a_.._n____Bcc__c@d.example.eml"] || names.count == 1)
    let text = try Files.readText("\(folder)/\(names[0])")
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.contains("Subject: Confirm your e-mail address"))
    #expect(lines.contains("http://x/v?token=t0k3n") && lines.contains("Token: t0k3n"))
    #expect(!text.split(whereSeparator: \.isNewline).contains { $0.hasPrefix("Bcc:") })
  }

  @Test func whatNobodyCanSendIsNotTaken() throws {
    #expect(try MailCarrier(Environment([:])) == nil)
    #expect(try SMSGateway(Environment([:])) == nil)
    for values in [
      ["SOUK_SMTP_URL": "smtp://a.example"], ["SOUK_SMS_URL": "https://a.example"],
      ["SOUK_SMTP_URL": "http://a.example", "SOUK_MAIL_FROM": "a@b.example"],
      ["SOUK_MAIL_FOLDER": "/x", "SOUK_MAIL_FROM": "Souk"],
      ["SOUK_SMS_URL": "gopher://a.example", "SOUK_SMS_TOKEN": "x"],
    ] {
      #expect(throws: SettingsError.self, "\(values)") {
        _ = try MailCarrier(Environment(values))
        _ = try SMSGateway(Environment(values))
      }
    }
  }

  // MARK: Short messages

  @Test func aShortMessageIsPosted() throws {
    let scene = try NewsScene()
    try scene.prefer(.orders, PreferenceChange(mail: false, sms: true))
    try scene.hear(scene.order(), sendsSMS: true)
    let server = try LocalServer { request in
      request.headers["authorization"] == "Bearer s3cret" ? .json(202, [:]) : .json(401, [:])
    }
    #expect(try sendSMS(scene, server))
    let request = try #require(server.requests.first)
    #expect(request.json["to"] == "+84901234567")
    #expect(request.json["text"]?.string?.contains("Your order 42 over 19.99 USD") == true)
    #expect(request.json["id"]?.string?.isEmpty == false)
    #expect(try scene.deliveries() == ["sms order_confirmed sent 1"])
  }

  /// The gateway hears of the trace of what it tells, and has a place of its own in it.
  @Test func theTraceGoesOn() throws {
    let scene = try NewsScene()
    try scene.prefer(.orders, PreferenceChange(mail: false, sms: true))
    let (trace, parent) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7")
    let order = scene.order()
    try scene.hear(
      LoggedEvent(
        position: 1, id: order.id, type: order.type, aggregateType: order.aggregateType,
        aggregateID: order.aggregateID, occurredAt: order.occurredAt, payload: order.payload,
        traceParent: "00-\(trace)-\(parent)-01"), sendsSMS: true)
    let server = try LocalServer { _ in .json(202, [:]) }
    #expect(try sendSMS(scene, server))
    let sent = server.requests.first?.headers["traceparent"]?.split(separator: "-") ?? []
    #expect(sent.count == 4 && sent[1] == trace && sent[2] != parent, "\(sent)")
  }

  @Test(arguments: [(400, "failed 1"), (422, "failed 1"), (401, "pending 1"), (503, "pending 1")])
  func whatTheGatewayRefuses(_ status: Int, _ outcome: String) throws {
    let scene = try NewsScene()
    try scene.prefer(.orders, PreferenceChange(mail: false, sms: true))
    try scene.hear(scene.order(), sendsSMS: true)
    let server = try LocalServer { _ in .json(status, [:]) }
    #expect(try sendSMS(scene, server))
    #expect(try scene.deliveries() == ["sms order_confirmed \(outcome)"])
  }

  private func sendSMS(_ scene: NewsScene, _ server: LocalServer) throws -> Bool {
    let gateway = try #require(
      try SMSGateway(
        Environment(["SOUK_SMS_URL": server.origin, "SOUK_SMS_TOKEN": "s3cret"])))
    return try Postman(ids: scene.ids).sendSMS(
      by: gateway, over: HTTPClient(timeout: .seconds(20)), in: scene.scheduler())
  }
}
