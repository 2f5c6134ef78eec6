import HTTP
import KitTesting
import Middleware
import Testing

/// Made from the route tables, so that no route can be forgotten.
@Suite struct AccessMatrixTests {
  @Test(arguments: Caller.allCases)
  func everyRouteRefusesWhoMustNot(_ caller: Caller) throws {
    let scene = try RouteScene()
    let all = RouteScene.routes
    // What deletes comes last, so that the others find what the paths name.
    let ordered =
      all.filter { $0.route.spec.method != "DELETE" }
      + all.filter { $0.route.spec.method == "DELETE" }
    #expect(ordered.count > 90)
    for (name, route) in ordered {
      for path in route.paths {
        let answer = try scene.function(name).send(
          route.spec.method, scene.path(path), token: try scene.token(caller), body: "{}")
        expect(answer, route.spec, caller)
      }
    }
  }

  private func expect(_ answer: TestAnswer, _ route: RouteSpec, _ caller: Caller) {
    let comment: Comment = "\(caller) \(route.method) \(route.path): \(answer)"
    #expect(answer.status < 500, comment)
    if route.access == .local {
      #expect(answer.isProblem(404, "not_found"), comment)
    } else if caller == .anonymous, ![.public, .guest].contains(route.access) {
      #expect(answer.isProblem(401, "missing_token"), comment)
      #expect(answer.header("WWW-Authenticate") != nil, comment)
      #expect(answer.databaseRoundTrips == 0, comment)
    } else if !caller.has(route.access) {
      #expect(answer.isProblem(403, "role_required"), comment)
    } else {
      #expect(answer.status != 401 && answer.status != 403, comment)
    }
    // Of a shop its own seller reaches everything, another one nothing.
    if route.access == .seller, route.path.contains("{") {
      if caller == .otherSeller { #expect([404, 422, 428].contains(answer.status), comment) }
      if caller == .seller, !route.path.contains("{promo_id}"), route.method != "DELETE" {
        #expect(answer.status != 404, comment)
      }
    }
    // What is Ana's is for nobody else, administrators among them.
    let isOwned = ["/addresses/", "/sessions/", "/payment-methods/", "/notifications/{"].contains {
      route.path.contains($0)
    }
    if route.path.hasPrefix("/api/v1/orders/{id}"), caller != .anonymous,
      route.operation != "request_return"
    {
      let mayRead = caller == .customer || caller == .admin
      #expect((answer.status == 404) == !mayRead, comment)
    }
    if ["get_payment", "get_order_payment", "confirm_payment"].contains(route.operation),
      caller != .anonymous
    {
      let mayRead = caller == .customer || caller == .admin
      #expect((answer.status == 404) == !mayRead, comment)
    }
    if route.path.hasPrefix("/api/v1/returns/{id}"), route.method == "GET" {
      let mayRead = [.customer, .seller, .admin].contains(caller)
      #expect(caller == .anonymous || (answer.status == 200) == mayRead, comment)
    }
    if isOwned, caller != .customer, caller.has(route.access) {
      #expect(answer.isProblem(404, "not_found"), comment)
    }
  }

  /// The control: Ana herself does get what is hers.
  @Test func theOwnerMay() throws {
    let scene = try RouteScene()
    let token = try scene.token(.customer)
    let paths = [
      "/api/v1/users/me", "/api/v1/users/{id}", "/api/v1/users/addresses",
      "/api/v1/users/addresses/{id}",
    ]
    for path in paths {
      #expect(scene.bazaar.users.send("GET", scene.path(path), token: token).status == 200)
    }
    let ended = scene.bazaar.auth.send(
      "DELETE", scene.path("/api/v1/auth/sessions/{id}"), token: token)
    #expect(ended.status == 204)
  }

  /// A role that the token claims and the account has lost is no role, and the other way round.
  @Test func theTokenIsNotBelievedAgainstTheRow() throws {
    let scene = try RouteScene()
    let bazaar = scene.bazaar
    // A worker that has just started asks the row.
    let claims = try bazaar.session(of: scene.ana.user, roles: ["customer", "admin"])
    let fresh = try Bazaar.users(on: bazaar.stack)
    #expect(
      fresh.send("GET", "/api/v1/admin/users", token: claims.token)
        .isProblem(403, "role_required"))
  }
}
