package import Core
package import HTTPClient
package import Postgres

/// Sends what is due: a few are taken from their rows, sent one after the other without any
/// transaction open, and what came of each is written down at once.
///
/// Between the answer of whoever took it over and our commit we can die, and then it is sent once
/// more: nobody outside takes part in our transactions. What is sent has an id that stays the same.
package struct Postman: Sendable {
  private static let batchMax = 20
  private static let lease = Duration.seconds(60)
  /// Nothing more is begun so long after it was taken: no call takes as long as what is left.
  private static let beginsWithin = Duration.seconds(25)
  private static let patience = Patience(first: .seconds(5), longest: .hours(1), attemptsMax: 12)

  private let ids: IDSource

  package init(ids: IDSource) { self.ids = ids }

  /// Sends the mails that have waited longest. False when none is due.
  package func sendMail(by carrier: MailCarrier, in database: Database) throws -> Bool {
    try send(.mail, in: database) { try carrier.carry($0) }
  }

  /// Sends the short messages that have waited longest. False when none is due.
  package func sendSMS(
    by gateway: SMSGateway, over http: HTTPClient, in database: Database
  ) throws -> Bool {
    try send(.sms, in: database) { try gateway.carry($0, over: http, ids.randomness) }
  }

  private func send(
    _ channel: Channel, in database: Database, _ send: (Delivery) throws -> Void
  ) throws -> Bool {
    let start = ids.clock.now
    var taken = try database.read(
      DeliveryStore.claim(channel, limit: Self.batchMax, at: start, lease: Self.lease)
    )[...]
    guard !taken.isEmpty else { return false }
    while ids.clock.now < start + Self.beginsWithin, let delivery = taken.popFirst() {
      let outcome = outcome(of: delivery, send)
      try database.transaction { transaction in
        // If the server falls now, this is sent once more; if we do, it is not.
        transaction.goOnBeforeItIsOnDisk()
        transaction.enqueue(outcome)
      }
    }
    if !taken.isEmpty {
      try database.execute(DeliveryStore.giveBack(Array(taken), at: ids.clock.now))
    }
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
