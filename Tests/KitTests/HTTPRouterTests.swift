import HTTP
import Testing

@Suite struct HTTPRouterTests {
  private let router: Router<String>

  init() {
    var router = Router<String>()
    for (method, path) in [
      ("GET", "/users/me"), ("PUT", "/users/me"), ("GET", "/users/{id}"),
      ("DELETE", "/users/{id}"), ("GET", "/users/{id}/orders/{number}"), ("POST", "/users"),
    ] {
      router.add(method, path, "\(method) \(path)")
    }
    self.router = router
  }

  private func match(_ method: String, _ path: Substring) -> String {
    switch router.match(method, path) {
    case .found(let target, let values): "\(target) \(values.joined(separator: ","))"
    case .otherMethods(let methods): "only \(methods.joined(separator: ","))"
    case .none: "nothing"
    }
  }

  @Test(arguments: [
    ("GET", "/users/me", "GET /users/me "),
    ("HEAD", "/users/me", "GET /users/me "),
    ("GET", "/users/7", "GET /users/{id} 7"),
    ("GET", "/users/%37", "GET /users/{id} 7"),
    ("GET", "/users/a+b", "GET /users/{id} a+b"),
    ("GET", "/users/7/orders/9", "GET /users/{id}/orders/{number} 7,9"),
    // A fixed path is never taken for a value of a pattern, whatever the method.
    ("DELETE", "/users/me", "only GET,PUT"),
    ("PATCH", "/users/7", "only GET,DELETE"),
    ("GET", "/users", "only POST"),
    ("get", "/users/me", "only GET,PUT"),
  ])
  func findsTheRoute(_ method: String, _ path: String, _ expected: String) {
    #expect(match(method, path[...]) == expected)
  }

  @Test(arguments: [
    "", "/", "users/me", "/users/", "//users/me", "/users//me", "/users/me/", "/users/.",
    "/users/..", "/users/%2e%2e", "/users/a%2fb", "/users/%00", "/users/%zz", "/users/%",
    "/users/%ff", "/users/a\nb", "/Users/me", "/users/7/orders",
  ])
  func findsNothing(_ path: String) {
    #expect(match("GET", path[...]) == "nothing")
  }
}
