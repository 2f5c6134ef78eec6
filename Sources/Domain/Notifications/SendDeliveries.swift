package import Core
package import HTTPClient
package import Postgres

/// Sends what is due: it is taken from a row, sent without any transaction open, and what came of
/// it is written down.
///
/// Between the answer of whoever took it over and our commit we can die, and then it is sent once
/// more: nobody outside takes part in our transactions. What is sent has an id that stays the same.
package struct Postman: Sendable {
  /// Longer than any call may take.
  private static let lease = Duration.seconds(60)
  private static let patience = Patience(first: .seconds(5), longest: .hours(1), attemptsMax: 12)

  private let ids: IDSource

  package init(ids: IDSource) { self.ids = ids }

  /// Sends the mail that has waited longest. False when none is due.
  package func sendMail(by carrier: MailCarrier, in database: Database) throws -> Bool {
    try sendOne(.mail, in: database) { try carrier.carry($0) }
  }

  /// Sends the short message that has waited longest. False when none is due.
  package func sendSMS(
    by gateway: SMSGateway, over http: HTTPClient, in database: Database
  ) throws -> Bool {
    try sendOne(.sms, in: database) { try gateway.carry($0, over: http) }
  }

  private func sendOne(
    _ channel: Channel, in database: Database, _ send: (Delivery) throws -> Void
  ) throws -> Bool {
    let claimed = try database.read(
      DeliveryStore.claim(channel, at: ids.clock.now, lease: Self.lease)
    ).first
    guard let delivery = claimed else { return false }
    try database.execute(outcome(of: delivery, send))
    return true
  }

  private func outcome(of delivery: Delivery, _ send: (Delivery) throws -> Void) -> SQL {
    do {
      try send(delivery)
      return DeliveryStore.settle(delivery, as: "sent", error: nil, at: ids.clock.now)
    } catch {
      let isOver =
        error is Undeliverable || delivery.attempts >= Self.patience.attemptsMax
      let now = ids.clock.now
      guard !isOver else {
        return DeliveryStore.settle(delivery, as: "failed", error: "\(error)", at: now)
      }
      let pause = Self.patience.pause(after: delivery.attempts, ids.randomness)
      return DeliveryStore.postpone(delivery, until: now + pause, error: "\(error)")
    }
  }

  /// What is over has had its time after thirty days. Returns how many were forgotten.
  package func forgetOld(limit: Int, in database: Database) throws -> Int {
    try DeliveryStore.forget(
      settledBefore: ids.clock.now - .days(30), limit: limit, in: database)
  }
}
