import Core
import HTTP
import Middleware
import Postgres
import Saga

/// Why somebody decides as they do. It goes into the record.
struct ReasonRequest: RequestBody {
  let reason: String

  init(_ fields: inout Fields) { reason = fields.text("reason", 1...500) }
}

/// Writes the decision down. The scheduler takes it from there.
func decide(_ verb: SagaVerb, _ call: Call) throws -> Response {
  let caller = try call.signedIn()
  let id: SagaID = try call.id()
  let body: ReasonRequest = try call.body()
  return try call.write { transaction in
    let outcome = try SagaDecision.make(
      verb, about: id, by: caller.user.description, because: body.reason, at: call.now,
      in: transaction)
    switch outcome {
    case .unknown: throw Problem.notFound("There is no such saga.")
    case .over:
      throw Problem(409, "saga_over", "There is nothing left to \(verb.rawValue) in this saga.")
    case .forward:
      throw Problem(409, "saga_only_forward", "Nothing of this saga can be undone: retry or skip.")
    case .ok: break
    }
    transaction.hasNews = true
    guard let history = try SagaDirectory.history(of: id, in: transaction) else {
      throw Problem.notFound("There is no such saga.")
    }
    return try .data(history)
  }
}
