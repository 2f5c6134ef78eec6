import Core
import HTTP
import JSON
import Middleware
import Outbox
import Postgres

/// How far events have come, and who has heard of them.
@Sendable func getOutbox(_ call: Call) throws -> Response {
  let standing = try call.database.read(EventLog.standing())
  return try .data(
    OutboxAnswer(
      head: standing.first?.head ?? 0,
      consumers: standing.map { ConsumerAnswer($0, now: call.now) }))
}

private struct OutboxAnswer: Encodable {
  let head: Int
  let consumers: [ConsumerAnswer]
}

private struct ConsumerAnswer: Encodable {
  let name: String
  let position: Int
  let backlog: Int
  @ExplicitNull var oldestAt: Timestamp?
  /// Of the oldest event it has not heard of.
  let waitingSeconds: Int
  let deferred: Int
  let deadLetters: Int

  init(_ standing: EventLog.Standing, now: Timestamp) {
    name = standing.consumer
    position = standing.position
    backlog = standing.backlog
    _oldestAt = ExplicitNull(wrappedValue: standing.oldestAt)
    waitingSeconds = standing.oldestAt.map { max(0, Int((now - $0).milliseconds / 1000)) } ?? 0
    deferred = standing.deferred
    deadLetters = standing.dead
  }
}
