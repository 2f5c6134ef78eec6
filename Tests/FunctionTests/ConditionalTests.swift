import Core
import HTTP
import JSON
import KitTesting
import Middleware
import Postgres
import Testing

/// Every single resource has a tag, by which reading is saved and writing made safe.
@Suite struct ConditionalTests {
  private struct Scene {
    let bazaar: Bazaar
    let ana: Visitor
    let admin: Visitor
    let address: String

    init() throws {
      bazaar = try Bazaar()
      ana = try bazaar.visitor()
      admin = try bazaar.visitor([.admin])
      address = try bazaar.address(of: ana)
      try bazaar.vehicle(of: ana)
    }

    var resources: [String] {
      [
        "/api/v1/users/me", "/api/v1/users/profile", "/api/v1/users/\(ana.id)",
        "/api/v1/users/addresses/\(address)", "/api/v1/users/shippers/profile",
        "/api/v1/users/shippers/\(ana.id)/profile",
      ]
    }

    func send(
      _ method: String, _ path: String, _ headers: [(Field, String)] = [], json: JSONValue? = nil,
      as visitor: Visitor? = nil
    ) -> TestAnswer {
      bazaar.users.send(
        method, path, token: (visitor ?? ana).token, bytes: json?.bytes, headers: headers)
    }
  }

  @Test func whatTheClientHasIsNotSentAgain() throws {
    let scene = try Scene()
    for path in scene.resources {
      let first = scene.send("GET", path)
      #expect(first.status == 200)
      let tag = try #require(first.header("ETag"), "\(path)")
      for known in [tag, "W/\(tag)", "\"0\", \(tag)", "\"0\",W/\(tag) , \"x\"", "*"] {
        let again = scene.send("GET", path, [(.ifNoneMatch, known)])
        #expect(again.status == 304, "\(path) \(known)")
        #expect(again.response.body.isEmpty)
        #expect(again.header("ETag") == tag)
        #expect(again.header("Content-Type") == nil)
        #expect(again.header("Cache-Control") == "private, no-cache")
      }
      for other in ["\"0\"", "", "\"", String(tag.dropFirst()), "\"\(tag)\""] {
        let again = scene.send("GET", path, [(.ifNoneMatch, other)])
        #expect(again.status == 200, "\(path) \(other)")
        #expect(again.text == first.text)
      }
    }
  }

  /// Also lists, and what has no version of its own.
  @Test func whatIsSomebodysIsNotSentAgain() throws {
    let scene = try RouteScene()
    var unseen: Set<String> = []
    for (name, route) in RouteScene.routes
    where route.spec.method == "GET" && ![.public, .local].contains(route.spec.access) {
      let function = try scene.function(name)
      let readers = try Caller.allCases.filter { $0.has(route.spec.access) }.map(scene.token)
      for path in route.paths.map(scene.path) {
        let answers = readers.map { ($0, function.send("GET", path, token: $0)) }
          .filter { $1.status == 200 }
        if answers.isEmpty { unseen.insert(route.spec.operation) }
        for (token, answer) in answers {
          let tag = try #require(answer.header("ETag"), "\(path)")
          let again = function.send("GET", path, token: token, headers: [(.ifNoneMatch, tag)])
          #expect(again.status == 304, "\(path)")
          #expect(again.response.body.isEmpty)
        }
      }
    }
    #expect(unseen == [])
  }

  @Test func eachCurrencyOfAWalletHasATagOfItsOwn() throws {
    let bazaar = try Bazaar()
    let (payments, ana) = (try Bazaar.payments(on: bazaar.stack), try bazaar.visitor())
    let wallet = payments.send("GET", "/api/v1/wallet", token: ana.token).header("ETag")
    let other = payments.send("GET", "/api/v1/wallet?currency=VND", token: ana.token)
    #expect(other.header("ETag") != wallet)
  }

  /// A tag does not save anybody the question whether they may.
  @Test func aTagOpensNothing() throws {
    let scene = try Scene()
    let bob = try scene.bazaar.visitor()
    let path = "/api/v1/users/addresses/\(scene.address)"
    #expect(scene.send("GET", path, [(.ifNoneMatch, "*")], as: bob).status == 404)
    let anonymous = scene.bazaar.users.send("GET", path, headers: [(.ifNoneMatch, "*")])
    #expect(anonymous.status == 401)
  }

  @Test func staleWritesAreRefused() throws {
    let scene = try Scene()
    let home = "/api/v1/users/addresses/\(scene.address)"
    let writes: [(String, String, JSONValue?, Visitor)] = [
      ("PUT", "/api/v1/users/profile", ["full_name": "A"], scene.ana),
      ("PUT", "/api/v1/users/me", ["full_name": "A"], scene.ana),
      ("PUT", home, ["city": "Hue"], scene.ana), ("PUT", "\(home)/default", nil, scene.ana),
      ("DELETE", home, nil, scene.ana),
      ("PUT", "/api/v1/users/shippers/profile", ["vehicle_type": "car"], scene.ana),
      ("DELETE", "/api/v1/users/shippers/profile", nil, scene.ana),
      ("PUT", "/api/v1/admin/users/\(scene.ana.id)/role", ["role": "seller"], scene.admin),
      ("PUT", "/api/v1/admin/users/\(scene.ana.id)/status", ["status": "disabled"], scene.admin),
    ]
    let before = try scene.bazaar.stack.database.contents()
    for (method, path, body, visitor) in writes {
      for tag in ["\"999\"", "W/\"1\"", "W/\"2\"", "", "1", "\"0\", \"999\""] {
        let answer = scene.send(method, path, [(.ifMatch, tag)], json: body, as: visitor)
        #expect(answer.isProblem(412, "stale_version"), "\(method) \(path) \(tag)")
      }
    }
    #expect(try scene.bazaar.stack.database.contents() == before)
    for (method, path, body, visitor) in writes {
      guard method == "PUT" else { continue }
      let answer = scene.send(method, path, [(.ifMatch, "\"0\", *")], json: body, as: visitor)
      #expect(answer.status == 200, "\(method) \(path)")
    }
  }

  @Test func aStaleMethodOfPaymentBecomesNoDefault() throws {
    let bazaar = try Bazaar()
    let (payments, ana) = (try Bazaar.payments(on: bazaar.stack), try bazaar.visitor())
    func send(
      _ method: String, _ path: String, _ json: JSONValue?, ifMatch tag: String? = nil
    ) -> TestAnswer {
      payments.send(
        method, "/api/v1/payment-methods\(path)", token: ana.token, bytes: json?.bytes,
        headers: tag.map { [(.ifMatch, $0)] } ?? [])
    }
    _ = send("POST", "", ["provider": "sandbox", "token": "first"])
    let made = send("POST", "", ["provider": "sandbox", "token": "second"])
    let (path, old) = ("/\(made.data.id)", made.header("ETag"))
    let tag = send("PUT", path, ["label": "Mine"], ifMatch: old).header("ETag")
    let stale = send("PUT", "\(path)/default", nil, ifMatch: old)
    #expect(stale.isProblem(412, "stale_version"), "\(stale)")
    let chosen = send("PUT", "\(path)/default", nil, ifMatch: tag)
    #expect(chosen.data?["is_default"] == true, "\(chosen)")
  }

  @Test func theTagOfAWriteIsThatOfTheNextRead() throws {
    let scene = try Scene()
    for (path, body) in [
      ("/api/v1/users/me", ["full_name": "A"]),
      ("/api/v1/users/addresses/\(scene.address)", ["city": "Hue"]),
      ("/api/v1/users/shippers/profile", ["vehicle_type": "car"]),
    ] as [(String, JSONValue)] {
      let tag = try #require(scene.send("GET", path).header("ETag"))
      let written = scene.send("PUT", path, [(.ifMatch, tag)], json: body)
      #expect(written.status == 200)
      let read = scene.send("GET", path)
      #expect(read.header("ETag") == written.header("ETag"), "\(path)")
      #expect(read.header("ETag") != tag)
      #expect(read.data == written.data)
      #expect(scene.send("PUT", path, [(.ifMatch, tag)], json: body).status == 412)
    }
  }

  /// Of several who change the same version at once, one wins: no update is lost.
  @Test func noUpdateIsLost() throws {
    let scene = try Scene()
    let stack = scene.bazaar.stack
    let (token, path) = (scene.ana.token, "/api/v1/users/addresses/\(scene.address)")
    let rounds = try Together.run(
      threads: 4, rounds: 25, prepare: { (try Bazaar.users(on: stack), $0) }
    ) { worker, round in
      worker.0.send(
        "PUT", path, token: token, json: ["street": .string("\(round) \(worker.1)")],
        headers: [(.ifMatch, "\"\(round + 1)\"")]
      ).status
    }
    for statuses in rounds { #expect(statuses.sorted() == [200, 412, 412, 412]) }
    #expect(scene.send("GET", path).header("ETag") == "\"26\"")
  }

  @Test func publicKeysHaveATagAndMayBeKept() throws {
    let bazaar = try Bazaar()
    let first = bazaar.auth.send("GET", "/.well-known/jwks.json")
    #expect(first.header("Cache-Control") == "public, max-age=60, stale-while-revalidate=1")
    let tag = try #require(first.header("ETag"))
    let again = bazaar.auth.send(
      "GET", "/.well-known/jwks.json", headers: [(.ifNoneMatch, tag)])
    #expect(again.status == 304)
    #expect(again.response.body.isEmpty)
  }

  /// What is one person's is not for shared caches, and tokens are for none.
  @Test func cachesAreTold() throws {
    let bazaar = try Bazaar()
    let ana = try bazaar.register()
    #expect(bazaar.profile(ana.access).header("Cache-Control") == "private, no-cache")
    #expect(bazaar.refresh(ana.refresh).header("Cache-Control") == "no-store")
    #expect(bazaar.logIn(ana.email).header("Cache-Control") == "no-store")
  }
}
