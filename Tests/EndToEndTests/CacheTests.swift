import Core
import Glibc
import JSON
import Testing

/// What nginx keeps of public answers, and for whom a change is visible when.
@Suite(.marketplace, .serialized) struct CacheTests {
  private let path = "/api/v1/products"

  /// A new product of the demo's seller, as they read it.
  private func product(_ name: String, token: String) throws -> JSONValue {
    let shops = try market().send("GET", "/api/v1/shops?q=Brightwire")
    let shop = try #require(shops.json["data"]?.array?.first?["id"]?.string, "\(shops.text)")
    let created = try market().send(
      "POST", path, token: token,
      body: """
        {"shop_id":"\(shop)","name":"\(name)","status":"active","stock":5,
         "price":{"amount":1999,"currency":"USD"}}
        """)
    return try #require(created.json["data"], "\(created.text)")
  }

  private func rename(_ id: String, to name: String, token: String) throws {
    let answer = try market().send(
      "PUT", "\(path)/\(id)", token: token, body: #"{"name":"\#(name)"}"#)
    #expect(answer.status == 200, "\(answer.text)")
  }

  private func name(_ id: String, token: String? = nil) throws -> String? {
    try market().send("GET", "\(path)/\(id)", token: token).json["data"]?["name"]?.string
  }

  /// Longer than an answer is kept.
  private func waitUntilForgotten() { usleep(1_100_000) }

  @Test func aWriterSeesTheirChangeAtOnceAndEverybodyWithinASecond() throws {
    let seller = try market().logIn("seller")
    let made = try product("Tin Whistle", token: seller)
    let id = try #require(made["id"]?.string)
    #expect(try name(id) == "Tin Whistle", "now nginx has it")
    for round in 1...3 {
      try rename(id, to: "Whistle \(round)", token: seller)
      #expect(try name(id, token: seller) == "Whistle \(round)")
      waitUntilForgotten()
      #expect(try name(id) == "Whistle \(round)", "however long nobody had asked")
    }
  }

  @Test func anUnchangedAnswerIsTakenUpAgain() throws {
    let seller = try market().logIn("seller")
    let made = try product("Brass Bell", token: seller)
    let id = try #require(made["id"]?.string)
    let first = try market().send("GET", "\(path)/\(id)")
    let tag = try #require(first.header("ETag"))
    waitUntilForgotten()
    let again = try market().send("GET", "\(path)/\(id)", headers: [("If-None-Match", tag)])
    #expect(again.status == 304)
    waitUntilForgotten()
    let whole = try market().send("GET", "\(path)/\(id)")
    #expect(whole.status == 200)
    #expect(whole.text == first.text)
    #expect(whole.header("ETag") == tag)
  }

  @Test func listsAreKeptTooAndTellHowLong() throws {
    let answer = try market().send("GET", "\(path)?limit=3")
    #expect(answer.header("Cache-Control") == "public, max-age=1, stale-while-revalidate=1")
    #expect(answer.header("X-Accel-Expires") == nil, "that is for nginx alone")
    #expect(answer.header("RateLimit") == nil, "that would be somebody else's")
    #expect(answer.header("ETag") != nil)
    let other = try market().send("GET", "\(path)?limit=2")
    #expect(other.json["data"]?.array?.count == 2, "each question has an answer of its own")
  }

  @Test func picturesOfTheDemoAreServed() throws {
    let list = try market().send("GET", "\(path)/search?q=headphones&limit=1")
    let image = try #require(
      list.json["data"]?.array?.first?["images"]?.array?.first?.string, "\(list.text)")
    let start = try #require(image.ranges(of: "/media/").first?.lowerBound)
    let picture = try market().send("GET", String(image[start...]))
    #expect(picture.status == 200)
    #expect(picture.header("Content-Type") == "image/svg+xml")
    #expect(picture.text.hasPrefix("<svg "))
    #expect(try market().send("GET", "/media/../postgres/data/PG_VERSION").status >= 400)
    #expect(try market().send("GET", "/media/%2e%2e/keys").status >= 400)
  }
}
