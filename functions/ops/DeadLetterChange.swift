import Core
import HTTP
import Middleware
import Outbox
import Postgres

/// Settles it, once. Throws 404 when it does not wait to be.
func settle(
  _ number: Int, as settlement: DeadLetter.Settlement, because reason: String, _ call: Call,
  _ transaction: Transaction
) throws {
  let isSettled = try DeadLetterDirectory.settle(
    number, as: settlement, by: try call.signedIn().user.description, because: reason,
    at: call.now, in: transaction)
  guard isSettled else { throw noSuchLetter }
  transaction.hasNews = true
}

/// The one that the path names.
func deadLetter(of call: Call) throws -> Int {
  guard let number = Int(call.pathText()) else { throw noSuchLetter }
  return number
}

let noSuchLetter = Problem.notFound("No such dead letter waits to be settled.")
