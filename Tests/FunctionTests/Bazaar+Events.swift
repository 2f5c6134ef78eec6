import Core
import KitTesting
import Postgres
import Saga

extension Bazaar {
  /// A saga that runs, with a step that can be skipped.
  func plantSaga(_ definition: String = "checkout") throws -> SagaID {
    let id = IDSource().id(SagaKind.self)
    try stack.look().execute(
      """
      INSERT INTO saga.sagas (
        id, definition, subject, run, state, step, due_at, started_at, changed_at)
      VALUES (\(id), \(definition), gen_random_uuid(), 1, 'running', 'pay', now(), now(), now())
      """)
    return id
  }

  /// The number of one that waits to be settled.
  func plantDeadLetter() throws -> Int {
    let look = stack.look()
    try look.execute(
      "INSERT INTO outbox.consumers (name) VALUES ('mails') ON CONFLICT (name) DO NOTHING")
    return try look.first(
      """
      INSERT INTO outbox.dead_letters (
        consumer, position, id, type, aggregate_type, aggregate_id, occurred_at, payload, attempts,
        error, died_at)
      SELECT 'mails', count(*), gen_random_uuid(), 'order.placed.v1', 'order', gen_random_uuid(),
             now(), '{}', 12, 'it failed', now()
      FROM outbox.dead_letters
      RETURNING number
      """
    ) { row in try row.next() } ?? 0
  }
}
