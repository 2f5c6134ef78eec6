import Cart
import Core
import Identity
import Inventory
import Middleware
import Notifications
import Outbox
import Payments
import Postgres
import Saga
package import Schedule

/// Forgets and gives back what has had its time, a bounded piece at a time.
package let housekeeping: [Job] = [
  tidying("idempotency_keys") { tools, piece in
    try KeptAnswers.forget(
      olderThan: tools.now - KeptAnswers.age, limit: piece, in: tools.database)
  },
  tidying("mail_tokens") { tools, piece in
    try ExpiryStore.forgetMailTokens(
      expiredBefore: tools.now - .days(1), limit: piece, in: tools.database)
  },
  tidying("sessions") { tools, piece in
    try ExpiryStore.forgetSessions(
      overBefore: tools.now - .days(7), limit: piece, in: tools.database)
  },
  // Once they would have expired.
  tidying("spent_tokens") { tools, piece in
    try ExpiryStore.forgetSpentTokens(
      spentBefore: tools.now - .days(30), limit: piece, in: tools.database)
  },
  tidying("guest_carts") { tools, piece in
    try GuestCartStore.forget(expiredBefore: tools.now, limit: piece, in: tools.database)
  },
  tidying("unsent_deliveries") { tools, piece in
    try Postman(ids: tools.ids).giveUpOld(limit: piece, in: tools.database)
  },
  tidying("deliveries") { tools, piece in
    try Postman(ids: tools.ids).forgetOld(limit: piece, in: tools.database)
  },
  tidying("read_messages") { tools, piece in
    try MessageStore.forget(
      toldBefore: tools.now - .days(180), onlyRead: true, limit: piece, in: tools.database)
  },
  tidying("messages") { tools, piece in
    try MessageStore.forget(
      toldBefore: tools.now - .days(365), onlyRead: false, limit: piece, in: tools.database)
  },
  tidying("old_provider_calls") { tools, piece in
    try PaymentExpiryStore.forgetCalls(
      settledBefore: tools.now - .days(90), limit: piece, in: tools.database)
  },
  tidying("security_events") { tools, piece in
    try PaymentExpiryStore.forgetSecurityEvents(
      before: tools.now - .days(365), limit: piece, in: tools.database)
  },
  tidying("sandbox_calls") { tools, piece in
    try PaymentExpiryStore.forgetSandboxCalls(
      before: tools.now - .days(30), limit: piece, in: tools.database)
  },
  tidying("dead_letters") { tools, piece in
    try DeadLetterDirectory.forget(
      settledBefore: tools.now - .days(90), limit: piece, in: tools.database)
  },
  // Each goes with its steps.
  tidying("sagas", piece: 100) { tools, piece in
    try SagaExpiryStore.forget(
      finishedBefore: tools.now - .days(90), limit: piece, in: tools.database)
  },
  tidying("reservations", every: .seconds(10), piece: 100) { tools, piece in
    try tools.database.transaction { transaction in
      try Warehouse(ids: tools.ids, trace: nil)
        .expireReservations(limit: piece, in: transaction).count
    }
  },
]

/// `work` takes a piece at most and returns how much it did: a whole piece means there is more.
private func tidying(
  _ name: String, every pause: Duration = .seconds(55), piece: Int = 1000,
  _ work: @escaping @Sendable (JobTools, _ piece: Int) throws -> Int
) -> Job {
  Job(name, every: pause, isNudged: false) { tools in try work(tools, piece) >= piece }
}
