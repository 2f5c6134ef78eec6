import Core
import Glibc
import HTTPClient
import JSON

extension ToolCommand {
  static let api = ToolCommand(
    name: "api", parameters: "METHOD PATH [json]",
    summary: "call the running stack as one of the demo accounts",
    details: """
      --as WHO          admin, seller, customer (default), shipper, or guest: without signing in
      -H 'Name: value'  a header; may be given several times
      -i                show the status line and the headers too

      A path such as /users/me means /api/v1/users/me. `-` for the JSON reads standard input.
      The exit code is 1 for an answer of 400 and above.

          souk api GET /users/me
          souk api POST /users/addresses '{"street": "1 Main Street", …}'
          souk api GET '/admin/users?q=clara' --as admin
      """
  ) { arguments in
    let who = try arguments.option("--as") ?? "customer"
    let headers = try arguments.options(["-H", "--header"])
    let showsHead = arguments.flag("-i", "--include")
    let words = try arguments.rest(atMost: 3)
    guard words.count >= 2 else { throw UsageError("METHOD and PATH are needed") }
    let call = APICall(
      method: words[0].uppercased(), path: APICall.absolute(words[1]),
      headers: try headers.map(APICall.header), body: try words.dropFirst(2).first.map(APICall.json)
    )
    let caller = try APICaller(try Home.current(), as: who)
    let status = try caller.show(call, withHead: showsHead)
    if status >= 400 { exit(1) }
  }
}

/// One request as the command line gives it.
struct APICall {
  let method: String
  let path: String
  let headers: [(String, String)]
  let body: [UInt8]?

  static func absolute(_ path: String) -> String {
    let path = path.hasPrefix("/") ? path : "/\(path)"
    let others = ["/api/", "/health", "/metrics", "/.well-known/"]
    return others.contains { path.hasPrefix($0) } ? path : "/api/v1\(path)"
  }

  static func header(_ text: String) throws -> (String, String) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty else {
      throw UsageError("a header is written 'Name: value', not '\(text)'")
    }
    return (String(parts[0]), String(parts[1].drop { $0 == " " }))
  }

  /// Said here rather than by the server, which would say only where the mistake is.
  static func json(_ text: String) throws -> [UInt8] {
    let text = text == "-" ? standardInput() : text
    do {
      _ = try JSONValue.parse(Array(text.utf8))
    } catch {
      throw UsageError("the body is not JSON: \(error)")
    }
    return Array(text.utf8)
  }

  private static func standardInput() -> String {
    var text = ""
    while let line = readLine(strippingNewline: false) { text += line }
    return text
  }
}

/// Sends calls to the running stack, signed in as a demo account.
struct APICaller {
  private let home: Home
  private let base: String
  /// Nil for a guest.
  private let account: DemoAccount?
  private let client = HTTPClient(timeout: .seconds(30))

  init(_ home: Home, as who: String) throws {
    self.home = home
    try home.requireRunning()
    guard let file = try ChildrenFile.read(home.children) else {
      throw Failure("the stack in \(home.path) is just starting: try again in a moment")
    }
    base = "http://127.0.0.1:\(file.port)"
    account = DemoAccount(rawValue: who)
    guard account != nil || who == "guest" else {
      let known = DemoAccount.allCases.map(\.rawValue).joined(separator: ", ")
      throw UsageError("--as takes \(known) or guest, not '\(who)'")
    }
  }

  /// Prints the answer and returns its status. A kept token that is refused is renewed once.
  func show(_ call: APICall, withHead: Bool) throws -> Int {
    var answer = try send(call, token: try token(renewed: false))
    if answer.status == 401, account != nil {
      answer = try send(call, token: try token(renewed: true))
    }
    if withHead {
      Console.say("HTTP \(answer.status)")
      for (name, value) in answer.headers { Console.say("\(name): \(value)") }
      Console.say("")
    } else {
      let colour = answer.status < 400 ? Style.green : Style.red
      Console.note(colour.on("\(answer.status) \(call.method) \(call.path)", stream: 2))
    }
    if !answer.body.isEmpty { Console.say(Self.pretty(answer)) }
    return answer.status
  }

  private static func pretty(_ answer: HTTPClientResponse) -> String {
    guard answer.header("content-type")?.contains("json") == true else { return answer.text }
    do {
      return PrettyJSON.render(try JSONValue.parse(answer.body))
    } catch {
      return answer.text
    }
  }

  private func send(_ call: APICall, token: String?) throws -> HTTPClientResponse {
    var headers = call.headers
    if call.body != nil { headers.append(("Content-Type", "application/json")) }
    if let token { headers.append(("Authorization", "Bearer \(token)")) }
    do {
      return try client.send(call.method, base + call.path, headers: headers, body: call.body)
    } catch {
      throw Failure("no answer from \(base): \(error.message). See `souk status`")
    }
  }

  // MARK: Signing in

  private func token(renewed: Bool) throws -> String? {
    guard let account else { return nil }
    var tokens = try keptTokens()
    if !renewed, let token = tokens[account.rawValue]?.string { return token }
    let token = try logIn(account)
    tokens[account.rawValue] = .string(token)
    let text = PrettyJSON.render(.object(tokens))
    try Files.write(Array("\(text)\n".utf8), to: home.tokens, mode: 0o600)
    return token
  }

  /// A file that is broken is as good as none: the tokens can be had again.
  private func keptTokens() throws -> JSONObject {
    guard Files.exists(home.tokens) else { return JSONObject() }
    let bytes = try Files.read(home.tokens)
    do {
      return try JSONValue.parse(bytes).object ?? JSONObject()
    } catch {
      return JSONObject()
    }
  }

  private func logIn(_ account: DemoAccount) throws -> String {
    guard let password = try DemoFile(readingFrom: home.demo)?.passwords[account] else {
      throw Failure("\(home.demo) has no password of \(account): was `souk up` run with --no-demo?")
    }
    let body: JSONValue = ["email": .string(account.email), "password": .string(password)]
    let call = APICall(
      method: "POST", path: "/api/v1/auth/login", headers: [], body: body.bytes)
    let answer = try send(call, token: nil)
    let document = answer.status == 200 ? try JSONValue.parse(answer.body) : nil
    guard let token = document["data"]["access_token"].string else {
      throw Failure("\(account.email) cannot sign in (\(answer.status)): \(answer.text)")
    }
    return token
  }
}
