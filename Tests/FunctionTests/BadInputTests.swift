import HTTP
import JSON
import KitTesting
import Middleware
import Testing
import auth
import cart
import inventory
import notifications
import orders
import shops
import users

/// Whatever a client sends, the answer says what to change, and nothing is written.
@Suite struct BadInputTests {
  /// Each body that is none, with the status and the code it gets.
  private static let bodies: [(name: String, bytes: [UInt8], status: Int, code: String)] = [
    ("empty", [], 400, "empty"), ("spaces", Array("  \n".utf8), 400, "empty"),
    ("broken", Array(#"{"a":"#.utf8), 400, "syntax"),
    ("unquoted", Array("{a:1}".utf8), 400, "syntax"),
    ("trailing comma", Array(#"{"a":1,}"#.utf8), 400, "syntax"),
    ("two documents", Array("{}{}".utf8), 400, "trailing_bytes"),
    ("single quotes", Array("{'a':1}".utf8), 400, "syntax"),
    ("not a number", Array(#"{"a":NaN}"#.utf8), 400, "syntax"),
    ("a form", Array("email=a%40b.c&password=x".utf8), 400, "syntax"),
    ("XML", Array("<a/>".utf8), 400, "syntax"),
    ("text", Array(#""hello""#.utf8), 400, "object_expected"),
    ("null", Array("null".utf8), 400, "object_expected"),
    ("list", Array("[]".utf8), 400, "object_expected"),
    ("number", Array("7".utf8), 400, "object_expected"),
    ("duplicate keys", Array(#"{"a":1,"a":2}"#.utf8), 400, "duplicate_key"),
    ("escaped duplicates", Array(#"{"a":1,"\u0061":2}"#.utf8), 400, "duplicate_key"),
    (
      "invalid UTF-8", Array(#"{"a":""#.utf8) + [0xC3, 0x28] + Array(#""}"#.utf8), 400,
      "invalid_utf8"
    ),
    (
      "overlong UTF-8", Array(#"{"a":""#.utf8) + [0xC0, 0xAF] + Array(#""}"#.utf8), 400,
      "invalid_utf8"
    ),
    (
      "a surrogate in UTF-8", Array(#"{"a":""#.utf8) + [0xED, 0xA0, 0x80] + Array(#""}"#.utf8), 400,
      "invalid_utf8"
    ),
    ("UTF-16", [0xFF, 0xFE, 0x7B, 0, 0x7D, 0], 400, "syntax"),
    ("a byte order mark", [0xEF, 0xBB, 0xBF] + Array("{}".utf8), 400, "syntax"),
    ("zero byte", Array(#"{"a":""#.utf8) + [0] + Array(#""}"#.utf8), 400, "zero_character"),
    ("zero bytes only", [0, 0, 0], 400, "syntax"),
    ("escaped zero", Array(#"{"a":"\u0000"}"#.utf8), 400, "zero_character"),
    ("a bare line break", Array("{\"a\":\"x\ny\"}".utf8), 400, "control_character"),
    ("half a pair", Array(#"{"a":"\ud83d"}"#.utf8), 400, "lone_surrogate"),
    (
      "a number without end", Array("{\"a\":\(String(repeating: "9", count: 5000))}".utf8), 400,
      "number_too_long"
    ),
    ("nested lists", Array(repeating: UInt8(ascii: "["), count: 60_000), 400, "too_deep"),
    ("nested objects", Array(String(repeating: #"{"a":"#, count: 9000).utf8), 400, "too_deep"),
    (
      "33 levels",
      Array(
        "{\"a\":\(String(repeating: "[", count: 32))\(String(repeating: "]", count: 32))}".utf8),
      400, "too_deep"
    ),
  ]

  @Test func bodiesThatAreNoneAreRefused() throws {
    try onEveryRoute { scene, route in
      for (name, bytes, status, code) in Self.bodies {
        let answer = scene.send(route, bytes: bytes)
        #expect(answer.isProblem(status, code), "\(route), \(name): \(answer)")
      }
    }
  }

  @Test func otherTypesAreRefused() throws {
    try onEveryRoute { scene, route in
      for type in [
        "", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
        "application/xml", "application/jsonp", "application/json; charset=latin1", "json",
        "application/problem+json",
      ] {
        let answer = scene.send(route, bytes: route.body.bytes, type: type)
        #expect(answer.isProblem(415, "json_expected"), "\(route), \(type): \(answer)")
      }
      for type in [
        "APPLICATION/JSON", "application/json; charset=UTF-8", "application/json;charset=\"utf-8\"",
      ] {
        let answer = scene.send(route, bytes: Array("{".utf8), type: type)
        #expect(answer.isProblem(400, "syntax"), "\(route), \(type): \(answer)")
      }
    }
  }

  /// The limit is exact, and what lies beyond is not read.
  @Test func longBodiesAreRefused() throws {
    try onEveryRoute { scene, route in
      let limit = route.isAuth ? 64 << 10 : 1 << 20
      var bytes = Array("[]".utf8) + [UInt8](repeating: UInt8(ascii: " "), count: limit - 1)
      let refused = scene.send(route, bytes: bytes)
      #expect(refused.isProblem(413, "body_too_large"), "\(route): \(refused)")
      #expect(refused.json["detail"]?.string?.contains("\(limit) bytes") == true)
      bytes.removeLast()
      let taken = scene.send(route, bytes: bytes)
      #expect(taken.isProblem(400, "object_expected"), "\(route): \(taken)")
    }
  }

  @Test func lengthsThatLieAreRefused() throws {
    try onEveryRoute { scene, route in
      for length in ["-1", "x", "1e3", "99999999999999999999", " 5", "0x10"] {
        let answer = scene.send(route, bytes: route.body.bytes, length: length)
        #expect(answer.isProblem(400, "bad_length"), "\(route), \(length): \(answer)")
      }
      let cut = scene.send(route, bytes: Array("{".utf8), length: "100")
      #expect(cut.isProblem(400, "body_cut_short"), "\(route): \(cut)")
    }
  }

  /// Each field in turn with a value of every wrong type.
  @Test func wrongTypesAreNamed() throws {
    let values: [JSONValue] = [
      7, .decimal("-1.5"), .decimal("1e400"), .integer(.max), .integer(.min),
      .decimal("123456789012345678901234567890"), true, [], ["x"], [:], ["a": ["b": 1]],
    ]
    try onEveryRoute { scene, route in
      for field in route.texts {
        for value in values {
          let answer = scene.send(route, route.with(field, value))
          #expect(
            answer.status == 422 && answer.violations.contains("\(field) wrong_type"),
            "\(route), \(field) = \(value): \(answer)")
        }
      }
    }
  }

  /// What is required is named when it is missing or null.
  @Test func missingFieldsAreNamed() throws {
    try onEveryRoute { scene, route in
      guard route.method == "POST", route.path != "/api/v1/users/profile" else { return }
      let answer = scene.send(route, [:])
      let required = Set(answer.violations.filter { $0.hasSuffix(" required") })
      #expect(answer.isProblem(422, "validation_failed"), "\(route): \(answer)")
      #expect(!required.isEmpty)
      for violation in required {
        let field = String(violation.prefix { $0 != " " })
        for value in [nil, .null] as [JSONValue?] {
          let answer = scene.send(route, route.with(field, value))
          #expect(answer.violations == [violation], "\(route): \(answer)")
        }
      }
    }
  }

  /// Makes the attempts on every route in turn, and sees that nothing was written.
  private func onEveryRoute(_ attempt: (BodyScene, BodyRoute) -> Void) throws {
    let scene = try BodyScene()
    let before = try scene.bazaar.stack.database.contents()
    for route in BodyRoute.all {
      attempt(scene, route)
      #expect(try scene.bazaar.stack.database.contents() == before, "\(route)")
    }
  }

  /// Every route with a body in the tables is among those tried here.
  @Test func noRouteIsForgotten() {
    let bodiless = [
      "log_out", "log_out_everywhere", "resend_verification", "end_session", "delete_address",
      "set_default_address", "delete_shipper_profile", "clear_cart", "remove_cart_item",
      "remove_cart_promotion", "delete_promotion",
      // These take one, and do without.
      "cancel_order", "claim_parcel", "pick_up_parcel", "deliver_parcel", "fail_parcel",
      "read_notification",
    ]
    let promotions = shops.routes.filter { $0.spec.operation.hasSuffix("_promotion") }
    let tried = Set(BodyRoute.all.map { "\($0.method) \(pattern($0.path))" })
    for route in auth.routes + users.routes + inventory.routes + cart.routes + orders.routes
      + promotions + notifications.routes
    {
      let takesBody = route.spec.method != "GET" && !bodiless.contains(route.spec.operation)
      for path in route.paths {
        #expect(
          tried.contains("\(route.spec.method) \(pattern(path))") == takesBody, "\(path)")
      }
    }
  }

  private func pattern(_ path: String) -> String {
    path.split(separator: "/").reduce("") { "\($0)/\($1.hasPrefix("{") ? "{id}" : $1)" }
  }
}
