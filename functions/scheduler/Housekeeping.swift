import Cart
import Core
import Identity
import Inventory
import Middleware
import Notifications
import Postgres
import Schedule

/// Forgets and gives back what has had its time, a bounded piece at a time.
let housekeeping: [Job] = [
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
