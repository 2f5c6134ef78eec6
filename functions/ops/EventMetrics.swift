import Core
import Log
import Middleware
import Outbox
import Postgres
import Saga

/// How far events and sagas are, in the text Prometheus reads. Without the database the metrics of
/// the functions are told all the same.
func eventMetrics(_ call: Call) -> String {
  do {
    let (standing, sagas, stuck, post) = try call.database.read(
      EventLog.standing(), SagaDirectory.counts(), StuckDirectory.counts(),
      PostDirectory.standing())
    return outbox(standing, call) + sagaStates(sagas) + stuck.map(payments).joined()
      + deliveries(post, call)
  } catch {
    call.shared.log.warning("events could not be counted", ["error": .text("\(error)")])
    return ""
  }
}

private func outbox(_ standing: [EventLog.Standing], _ call: Call) -> String {
  let gauges: [(String, String, (EventLog.Standing) -> Int)] = [
    ("souk_outbox_position", "How far a consumer has come.", { $0.position }),
    ("souk_outbox_backlog", "Positions a consumer has not come to.", { $0.backlog }),
    (
      "souk_outbox_oldest_seconds", "Age of the oldest event a consumer has not heard of.",
      { call.seconds(since: $0.oldestAt) }
    ),
    ("souk_outbox_deferred", "Events put aside for another attempt, up to 10000.", { $0.deferred }),
    ("souk_dead_letters", "Events given up, up to 10000.", { $0.dead }),
  ]
  return gauges.map { name, help, value in
    header(name, help)
      + standing.map { "\(name){consumer=\"\($0.consumer)\"} \(value($0))\n" }.joined()
  }.joined()
}

private func deliveries(_ standing: [PostDirectory.Standing], _ call: Call) -> String {
  let gauges: [(String, String, (PostDirectory.Standing) -> Int)] = [
    (
      "souk_deliveries_pending", "Mails or short messages to be sent, up to 10000.",
      { $0.pending }
    ),
    (
      "souk_deliveries_oldest_seconds", "Age of the oldest of them.",
      { call.seconds(since: $0.oldestAt) }
    ),
    (
      "souk_deliveries_failed", "Those given up in the last thirty days, up to 10000.",
      { $0.failed }
    ),
  ]
  return gauges.map { name, help, value in
    header(name, help)
      + standing.map { "\(name){channel=\"\($0.channel)\"} \(value($0))\n" }.joined()
  }.joined()
}

extension Call {
  fileprivate func seconds(since time: Timestamp?) -> Int {
    time.map { max(0, Int((now - $0).milliseconds / 1000)) } ?? 0
  }
}

private func sagaStates(_ counts: [(state: SagaState, count: Int)]) -> String {
  header("souk_sagas", "Sagas that are not over, up to 10000 each.")
    + counts.map { "souk_sagas{state=\"\($0.state.rawValue)\"} \($0.count)\n" }.joined()
}

private func payments(_ stuck: StuckDirectory.Counts) -> String {
  [
    (
      "souk_provider_calls_given_up", "Calls of providers that could not be worked off.",
      stuck.calls
    ),
    (
      "souk_refunds_refused", "Payments whose money was to go back and was refused.",
      stuck.refusedRefunds
    ),
    (
      "souk_refunds_late", "Refunds that were asked for many times and are still open.",
      stuck.lateRefunds
    ),
    (
      "souk_refunds_undone", "Payments with a refund that failed after it had succeeded.",
      stuck.undoneRefunds
    ),
    (
      "souk_payments_silent",
      "Payments given up whose provider does not tell whether it has the money.",
      stuck.silentPayments
    ),
    (
      "souk_payments_contradicted",
      "Payments of which a provider has told another amount or currency.",
      stuck.contradictedPayments
    ),
  ].map { name, help, count in header(name, help) + "\(name) \(count)\n" }.joined()
}

private func header(_ name: String, _ help: String) -> String {
  "# HELP \(name) \(help)\n# TYPE \(name) gauge\n"
}
