import Core
import Glibc
import JSON
import Processes
import Testing

/// What a person does with the system, from outside.
@Suite(.marketplace, .serialized) struct StoryTests {
  @Test func theSessionOfTheReadmeWorksWhenPasted() throws {
    let market = try market()
    let readme = try Files.readText("\(Built.repository)/README.md")
    let block = try #require(readme.split(separator: "```sh\n").dropFirst().first)
    let script = try #require(block.split(separator: "```").first)
      .split(separator: "http://127.0.0.1:8080").joined(separator: market.url)
    let finished = try ChildProcess.run(["bash", "-ec", script])
    #expect(finished.status.isSuccess, "\(finished.text)")
    let answers = String(decoding: finished.stdout, as: UTF8.self).split(separator: "\n")
    try #require(answers.count == 10, "\(finished.text)")
    let documents = try answers.map { try JSONValue.parse(Array($0.utf8)) }
    for (document, found) in zip(documents, ["Áo Thun", "Headphones"]) {
      let name = document["data"]?.array?.first?["name"]?.string ?? ""
      #expect(name.contains(found), "\(name)")
    }
    #expect(documents[2]["data"]["promotions"]?.array?.contains { $0["applied"] == true } == true)
    #expect(documents[3]["data"]["full_name"] == "Ana Lim")
    #expect(documents[4]["data"]["items"]?.array?.first?["quantity"] == 2)
    #expect(documents[5] == documents[6], "the second attempt is the first one's answer")
    #expect(documents[7]["meta"]["count"] == 1)
    #expect(documents[8]["errors"]?.array?.count == 5)
    #expect(documents[9]["data"]["status"] == "paid")
  }

  @Test func aMailVerifiesTheAddressAndAnotherResetsThePassword() throws {
    let market = try market()
    let email = "mina@example.com"
    let registered = try market.register(email)
    #expect(registered.status == 201)
    let verified = try market.send(
      "POST", "/api/v1/auth/verify-email",
      body: #"{"token":"\#(try token(in: "verify_email", to: email))"}"#)
    #expect(verified.status == 204)
    let forgot = try market.send(
      "POST", "/api/v1/auth/forgot-password", body: #"{"email":"\#(email)"}"#)
    #expect(forgot.status == 202)
    let mailed = try token(in: "reset_password", to: email)
    let reset = try market.send(
      "POST", "/api/v1/auth/reset-password",
      body: #"{"token":"\#(mailed)","new_password":"Garden-4-gate"}"#)
    #expect(reset.status == 204)
    let access = registered.json["data"]["access_token"]?.string
    #expect(try market.send("GET", "/api/v1/users/me", token: access).status == 401)
    let again = try market.send(
      "POST", "/api/v1/auth/login", body: #"{"email":"\#(email)","password":"Garden-4-gate"}"#)
    #expect(again.json["data"]["user"]["email_verified"] == true)
  }

  /// The token of the mail in `.souk/mail/`.
  private func token(in template: String, to email: String) throws -> String {
    let folder = "\(try market().home)/mail"
    let name = try probe(for: .seconds(20)) {
      try Files.list(folder).last { $0.contains(template) && $0.contains(email) }
    }
    let mail = try Files.readText("\(folder)/\(try #require(name))")
    let tail = try #require(mail.split(separator: "token=").dropFirst().first)
    return String(tail.prefix { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" })
  }

  @Test(arguments: ["admin", "seller", "customer", "shipper"])
  func theDemoAccountsAreWhatTheySay(_ name: String) throws {
    let market = try market()
    let me = try market.send("GET", "/api/v1/users/me", token: try market.logIn(name))
    #expect(me.json["data"]["email_verified"] == true)
    #expect(me.json["data"]["roles"]?.array?.contains(.string(name)) == true)
  }

  @Test func metricsTellOfAllFunctions() throws {
    let market = try market()
    _ = try market.send("GET", "/.well-known/jwks.json")
    _ = try market.send("GET", "/api/v1/users/me")
    let metrics = try market.send("GET", "/metrics").text
    for function in ["auth", "users", "ops"] {
      #expect(metrics.contains("souk_process_starts_total{function=\"\(function)\"}"))
    }
    #expect(
      metrics.contains(
        "souk_requests_total{function=\"users\",route=\"get_profile\",status=\"4xx\"}"))
  }
}
