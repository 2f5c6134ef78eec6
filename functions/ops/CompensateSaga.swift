import HTTP
import Middleware
import Saga

@Sendable func compensateSaga(_ call: Call) throws -> Response { try decide(.compensate, call) }
