import Core
import HTTP
import Middleware
import Payments
import Postgres

@Sendable func listPaymentMethods(_ call: Call) throws -> Response {
  let methods = try call.database.read(MethodStore.list(of: try call.signedIn().user))
  return try .list(methods, meta: CountMeta(count: methods.count))
}
