import Core
import HTTP
import Middleware
import Saga

@Sendable func getSaga(_ call: Call) throws -> Response {
  guard let history = try SagaDirectory.history(of: try call.id(), in: call.database) else {
    throw Problem.notFound("There is no such saga.")
  }
  return try .data(history)
}
