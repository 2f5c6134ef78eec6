import Core
import KitTesting
import Notifications
import Postgres
import Testing

@Suite struct MessageExpiryTests {
  private func forget(
    _ scene: NewsScene, after days: Int64, onlyRead: Bool, limit: Int = 10
  ) throws -> Int {
    try MessageStore.forget(
      toldBefore: scene.clock.clock.now - .days(days), onlyRead: onlyRead, limit: limit,
      in: scene.scheduler())
  }

  /// Reads all that there is now.
  private func read(_ scene: NewsScene) throws {
    let role = scene.database.database(role: "souk_notifications")
    let unread = try InboxDirectory.list(
      of: scene.ana, onlyUnread: true, before: nil, limit: 10, offset: 0, in: role)
    for message in unread.notifications {
      _ = try InboxDirectory.read(message.id, by: scene.ana, at: scene.clock.clock.now, in: role)
    }
  }

  @Test func whatWasReadGoesBeforeWhatWasNot() throws {
    let scene = try NewsScene()
    for _ in 0..<3 { try scene.hear(scene.order()) }
    try read(scene)
    try scene.hear(scene.order("order.shipped.v1"))
    scene.clock.advance(by: .days(179))
    #expect(try forget(scene, after: 180, onlyRead: true) == 0)
    scene.clock.advance(by: .days(2))
    #expect(try forget(scene, after: 180, onlyRead: true, limit: 2) == 2)
    #expect(try forget(scene, after: 180, onlyRead: true, limit: 2) == 1)
    #expect(try forget(scene, after: 180, onlyRead: true, limit: 2) == 0)
    #expect(try scene.messages().count == 1)
    #expect(try forget(scene, after: 365, onlyRead: false) == 0)
    scene.clock.advance(by: .days(185))
    #expect(try forget(scene, after: 365, onlyRead: false) == 1)
    #expect(try scene.messages().isEmpty)
  }
}
