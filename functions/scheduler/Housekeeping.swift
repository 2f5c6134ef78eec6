import Cart
import Core
import Identity
import Inventory
import Middleware
import Notifications
import Payments
import Postgres
import Saga
package import Schedule

/// Forgets and gives back what has had its time, a bounded piece at a time.
package let housekeeping: [Job] = [
  tidying("idempotency_keys") { tools in
    try KeptAnswers.forget(
      olderThan: tools.now - KeptAnswers.age, limit: pieceMax, in: tools.database)
  },
  tidying("mail_tokens") { tools in
    try ExpiryStore.forgetMailTokens(
      expiredBefore: tools.now - .days(1), limit: pieceMax, in: tools.database)
  },
  tidying("sessions") { tools in
    try ExpiryStore.forgetSessions(
      overBefore: tools.now - .days(7), limit: pieceMax, in: tools.database)
  },
  tidying("guest_carts") { tools in
    try GuestCartStore.forget(expiredBefore: tools.now, limit: pieceMax, in: tools.database)
  },
  tidying("deliveries") { tools in
    try Postman(ids: tools.ids).forgetOld(limit: pieceMax, in: tools.database)
  },
  tidying("read_messages") { tools in
    try MessageStore.forget(
      toldBefore: tools.now - .days(180), onlyRead: true, limit: pieceMax, in: tools.database)
  },
  tidying("messages") { tools in
    try MessageStore.forget(
      toldBefore: tools.now - .days(365), onlyRead: false, limit: pieceMax, in: tools.database)
  },
  tidying("old_provider_calls") { tools in
    try PaymentExpiryStore.forgetCalls(
      settledBefore: tools.now - .days(90), limit: pieceMax, in: tools.database)
  },
  tidying("security_events") { tools in
    try PaymentExpiryStore.forgetSecurityEvents(
      before: tools.now - .days(365), limit: pieceMax, in: tools.database)
  },
  tidying("sandbox_calls") { tools in
    try PaymentExpiryStore.forgetSandboxCalls(
      before: tools.now - .days(30), limit: pieceMax, in: tools.database)
  },
  tidying("sagas") { tools in
    // Each goes with its steps.
    try SagaExpiryStore.forget(
      finishedBefore: tools.now - .days(90), limit: pieceMax / 10, in: tools.database) * 10
  },
  tidying("reservations", every: .seconds(10)) { tools in
    try tools.database.transaction { transaction in
      try Warehouse(ids: tools.ids, trace: nil)
        .expireReservations(limit: pieceMax / 10, in: transaction).count
    } * 10
  },
]

private let pieceMax = 1000

/// `work` returns how much it did: as much as it may means that there is more.
private func tidying(
  _ name: String, every pause: Duration = .seconds(55),
  _ work: @escaping @Sendable (JobTools) throws -> Int
) -> Job {
  Job(name, every: pause, isNudged: false) { tools in try work(tools) >= pieceMax }
}
