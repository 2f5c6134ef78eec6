package import HTTP

/// A row of the route table together with the code that answers it.
package struct Route: Sendable {
  package typealias Handler = @Sendable (Call) throws -> Response

  package let spec: RouteSpec
  package let paths: [String]
  package let handler: Handler

  /// `also` are further paths that mean the same.
  package init(_ spec: RouteSpec, also: [String] = [], _ handler: @escaping Handler) {
    self.spec = spec
    paths = [spec.path] + also
    self.handler = handler
  }
}
