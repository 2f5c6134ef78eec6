package import Core
package import HTTPClient
package import Postgres

/// Sends what is due: a few are taken from their rows, sent one after the other without any
/// transaction open, and what came of each is written down at once. What cannot be sent is tried
/// again as long as it is of use.
///
/// Between the answer of whoever took it over and our commit we can die, and then it is sent once
/// more: nobody outside takes part in our transactions. What is sent has an id that stays the same.
package struct Postman: Sendable {
  private static let batchMax = 20
  private static let lease = Duration.seconds(60)
  /// Nothing more is begun so long after it was taken: no call takes as long as what is left.
  private static let beginsWithin = Duration.seconds(25)
  /// The last attempt is made so long before it is of no use.
  private static let lastMoment = Duration.seconds(30)
  /// Time runs out before the attempts, unless whoever tries dies of it each time.
  private static let patience = Patience(first: .seconds(5), longest: .hours(1), attemptsMax: 100)

  private let ids: IDSource

  package init(ids: IDSource) { self.ids = ids }

  /// Sends the mails that have waited longest, and tells of the first that could not be sent.
  /// False when none is due.
  package func sendMail(
    by carrier: MailCarrier, in database: Database, onTrouble: (String) -> Void = { _ in }
  ) throws -> Bool {
    try send(.mail, in: database, onTrouble, carrier.carry())
  }

  /// Sends the short messages that have waited longest, and tells of the first that could not be
  /// sent. False when none is due.
  package func sendSMS(
    by gateway: SMSGateway, over http: HTTPClient, in database: Database,
    onTrouble: (String) -> Void = { _ in }
  ) throws -> Bool {
    try send(.sms, in: database, onTrouble) { try gateway.carry($0, over: http, ids.randomness) }
  }

  private func send(
    _ channel: Channel, in database: Database, _ onTrouble: (String) -> Void,
    _ send: (Delivery) throws -> Void
  ) throws -> Bool {
    let start = ids.clock.now
    let claimed = try database.read(
      DeliveryStore.claim(channel, limit: Self.batchMax, at: start, lease: Self.lease))
    guard !claimed.isEmpty else { return false }
    var taken = (claimed.filter(\.isUrgent) + claimed.filter { !$0.isUrgent })[...]
    var trouble: String?
    while ids.clock.now < start + Self.beginsWithin, let delivery = taken.popFirst() {
      let error = error(of: delivery, send)
      trouble = trouble ?? error.map { "\(delivery.template.rawValue): \(Self.unnamed($0))" }
      try database.transaction { transaction in
        // If the server falls now, this is sent once more; if we do, it is not.
        transaction.goOnBeforeItIsOnDisk()
        transaction.enqueue(outcome(of: delivery, error))
      }
    }
    trouble.map(onTrouble)
    if !taken.isEmpty {
      try database.execute(DeliveryStore.giveBack(Array(taken), at: ids.clock.now))
    }
    return true
  }

  /// Why it was not sent.
  private func error(
    of delivery: Delivery, _ send: (Delivery) throws -> Void
  ) -> (any Error)? {
    guard ids.clock.now < delivery.end else {
      return Undeliverable(description: DeliveryStore.outOfTime)
    }
    do {
      try send(delivery)
      return nil
    } catch {
      return error
    }
  }

  /// What went wrong, without whom it was for: servers repeat that.
  private static func unnamed(_ error: any Error) -> String {
    "\(error)".split(separator: " ").map { $0.contains("@") ? "…" : $0 }.joined(separator: " ")
  }

  private func outcome(of delivery: Delivery, _ error: (any Error)?) -> SQL {
    let now = ids.clock.now
    guard let error else { return DeliveryStore.settle(delivery, as: "sent", error: nil, at: now) }
    let pause = Self.patience.pause(after: delivery.attempts, ids.randomness)
    let next = min(now + pause, delivery.end - Self.lastMoment)
    let isOver =
      error is Undeliverable || next <= now || delivery.attempts >= Self.patience.attemptsMax
    return isOver
      ? DeliveryStore.settle(delivery, as: "failed", error: "\(error)", at: now)
      : DeliveryStore.postpone(delivery, until: next, error: "\(error)")
  }

  /// What nobody was there to send: no settings name a server, or its gateway is gone. Returns how
  /// many were given up.
  package func giveUpOld(limit: Int, in database: Database) throws -> Int {
    let now = ids.clock.now
    return try DeliveryStore.giveUp(
      dueBefore: now - Template.lifetimeMost, limit: limit, at: now, in: database)
  }

  /// What is over has had its time after thirty days. Returns how many were forgotten.
  package func forgetOld(limit: Int, in database: Database) throws -> Int {
    try DeliveryStore.forget(
      settledBefore: ids.clock.now - .days(30), limit: limit, in: database)
  }
}
