package import HTTP

/// The way of every request, from the outside in.
package let middleware: [any Middleware] = [
  RequestIdentity(),  // X-Request-Id and traceparent
  AccessLog(),
  RequestMetrics(),
  ProblemBoundary(),  // whatever is thrown below becomes problem+json here
  CrossOrigin(),
  Authentication(),  // what the token says
  Admission(),  // rate limit and revocation in one Redis round trip, then the role
  IdempotencyKeys(),
  EntityTags(),
]

package protocol Middleware: Sendable {
  func handle(_ call: Call, _ next: (Call) throws -> Response) throws -> Response
}

/// Finds the route of a request and sends it through the middleware. One per worker.
package final class Pipeline {
  private struct Entry: Sendable {
    let index: Int
    let route: Route
  }

  private var router = Router<Entry>()
  private let services: Services
  private let chain: (Call) throws -> Response

  package init(_ routes: [Route], _ services: Services) {
    self.services = services
    for (index, route) in routes.enumerated() {
      for path in route.paths {
        // Row 0 of the metrics takes requests without a route.
        router.add(route.spec.method, path, Entry(index: index + 1, route: route))
      }
    }
    var chain: (Call) throws -> Response = { try $0.handler($0) }
    for layer in middleware.reversed() {
      chain = { [next = chain] in try layer.handle($0, next) }
    }
    self.chain = chain
  }

  package func answer(_ request: Request) -> Answer {
    let call = makeCall(request)
    let response = respond(call)
    return call.awaited(response).map { .later($0) } ?? .now(response)
  }

  private func respond(_ call: Call) -> Response {
    let request = call.request
    var response: Response
    do {
      response = try chain(call)
    } catch {
      // Nothing throws past the boundary but a failure to write the problem itself.
      response = Response(status: 500)
    }
    response.headers.append(contentsOf: call.headers)
    if request.method == "HEAD" {
      // Tells how long the body is that a GET would get.
      response.headers.append(.init("Content-Length", String(response.body.count)))
      response.body = []
    }
    return response
  }

  private func makeCall(_ request: Request) -> Call {
    switch router.match(request.method, request.path) {
    case .found(let entry, let values):
      return Call(
        request: request, route: entry.route.spec, routeIndex: entry.index,
        handler: entry.route.handler, pathValues: values, services: services)
    case .otherMethods(let methods):
      let allow = (methods + (methods.contains("GET") ? ["HEAD"] : []) + ["OPTIONS"])
        .joined(separator: ", ")
      return unmatched(request) { call in
        if call.request.method == "OPTIONS" {
          return Response(status: 204, headers: [.init("Allow", allow)])
        }
        throw Problem(
          405, "method_not_allowed", "This resource knows \(allow).",
          headers: [.init("Allow", allow)])
      }
    case .none:
      return unmatched(request) { _ in throw Problem.notFound() }
    }
  }

  private func unmatched(_ request: Request, _ handler: @escaping Route.Handler) -> Call {
    Call(
      request: request, route: Self.noRoute, routeIndex: 0, handler: handler, pathValues: [],
      services: services)
  }

  private static let noRoute = RouteSpec(
    "", "", "unmatched", access: .public,
    rate: RateClass("public", by: .ip, count: 50, seconds: 1, burst: 100))
}
