import Core
import KitTesting
import Postgres
import Testing

@testable import Notifications

/// Until when mails and short messages are tried.
@Suite struct LateMailTests {
  /// A server that is mended the day after tomorrow gets all that is still of use.
  @Test(arguments: [
    ("order_confirmed", Duration.days(3)), ("verify_email", .days(2)),
    ("reset_password", .minutes(30)),
  ])
  func aMailIsTriedAsLongAsItIsOfUse(_ template: String, _ lifetime: Duration) throws {
    let (scene, server) = (try NewsScene(), try LocalMailServer(.refuses("451 later")))
    let isOrder = template == "order_confirmed"
    for _ in 0..<2 {
      try scene.hear(isOrder ? scene.order() : scene.mail(template, to: "ana@example.com"))
    }
    let (carrier, start) = (try scene.carrier(to: server), scene.clock.clock.now)
    let halfway = start + .microseconds(lifetime.microseconds / 2)
    while scene.clock.clock.now < halfway {
      _ = try scene.send(by: carrier)
      scene.clock.advance(by: .microseconds(lifetime.microseconds / 40))
    }
    #expect(try scene.deliveries().allSatisfy { $0.hasPrefix("mail \(template) pending") })
    #expect(!server.commands.isEmpty)
    scene.clock.advance(by: lifetime)
    server.become(.takesAll)
    _ = try scene.send(by: carrier)
    #expect(try scene.deliveries().allSatisfy { $0.hasPrefix("mail \(template) failed") })
    #expect(server.mails.isEmpty)
  }

  /// The last attempt is as late as it can be.
  @Test func aMailIsTriedOnceMoreBeforeItIsOfNoUse() throws {
    let (scene, server) = (try NewsScene(), try LocalMailServer(.refuses("451 later")))
    try scene.hear(scene.mail("reset_password", to: "ana@example.com"))
    let (carrier, start) = (try scene.carrier(to: server), scene.clock.clock.now)
    while scene.clock.clock.now < start + .minutes(29) {
      _ = try scene.send(by: carrier)
      scene.clock.advance(by: .seconds(20))
    }
    #expect(try scene.deliveries()[0].hasPrefix("mail reset_password pending"))
    server.become(.takesAll)
    scene.clock.advance(by: .seconds(30))
    #expect(try scene.send(by: carrier))
    #expect(try scene.deliveries()[0].hasPrefix("mail reset_password sent"))
  }

  /// What is heard of late is of no more use for that.
  @Test func aMailIsOfUseFromWhatHappenedOn() throws {
    let (scene, server) = (try NewsScene(), try LocalMailServer())
    let (reset, verify) = (
      scene.mail("reset_password", to: "ana@example.com"), scene.mail(to: "ana@example.com")
    )
    scene.clock.advance(by: .minutes(31))
    try scene.hear(reset)
    try scene.hear(verify)
    #expect(try scene.send(by: scene.carrier(to: server)))
    #expect(
      try scene.deliveries() == ["mail reset_password failed 1", "mail verify_email sent 1"])
    #expect(server.mails.count == 1)
  }

  /// Where nobody sends, their tokens do not stay for ever.
  @Test func whatNobodySendsIsGivenUp() throws {
    let scene = try NewsScene()
    try scene.hear(scene.mail("reset_password", to: "ana@example.com"))
    try scene.hear(scene.order(), sendsSMS: true)
    func giveUp() throws -> Int {
      try Postman(ids: scene.ids).giveUpOld(limit: 10, in: scene.scheduler())
    }
    scene.clock.advance(by: .days(3) - .seconds(1))
    #expect(try giveUp() == 0)
    scene.clock.advance(by: .seconds(2))
    #expect(try giveUp() == 2)
    #expect(
      try scene.deliveries() == ["mail reset_password failed 0", "mail order_confirmed failed 0"])
    let tokens: String? = try scene.database.database().first(
      "SELECT string_agg(d.blanks::text, ' ') FROM notifications.deliveries AS d"
    ) { row in try row.next() }
    #expect(tokens == "{} {}")
  }
}
