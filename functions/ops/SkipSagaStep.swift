import HTTP
import Middleware
import Saga

@Sendable func skipSagaStep(_ call: Call) throws -> Response { try decide(.skip, call) }
