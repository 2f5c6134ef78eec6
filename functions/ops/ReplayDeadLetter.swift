import HTTP
import Middleware
import Outbox

/// Gives it to its consumer once more.
@Sendable func replayDeadLetter(_ call: Call) throws -> Response {
  let body: ReasonRequest = try call.body()
  let number = try deadLetter(of: call)
  return try call.write { transaction in
    try settle(number, as: .replayed, because: body.reason, call, transaction)
    guard let letter = try DeadLetterDirectory.letter(number, in: transaction) else {
      throw noSuchLetter
    }
    return try .data(letter)
  }
}
