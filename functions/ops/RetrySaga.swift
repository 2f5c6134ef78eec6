import HTTP
import Middleware
import Saga

@Sendable func retrySaga(_ call: Call) throws -> Response { try decide(.retry, call) }
