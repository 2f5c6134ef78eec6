import Core
import JSON

/// `demo.json`: where the stack answers, and who may sign in with what.
struct DemoFile {
  let baseURL: String
  var passwords: [DemoAccount: String]

  init(baseURL: String, passwords: [DemoAccount: String]) {
    self.baseURL = baseURL
    self.passwords = passwords
  }

  /// Nil when there is no such file. Throws when it cannot be read or is something else.
  init?(readingFrom path: String) throws {
    guard Files.exists(path) else { return nil }
    let document = try JSONValue.parse(try Files.read(path))
    guard let baseURL = document["base_url"]?.string else {
      throw Failure("\(path) has no base_url: remove it, and `souk up` makes it anew")
    }
    self.baseURL = baseURL
    passwords = [:]
    for account in DemoAccount.allCases {
      passwords[account] = document[account.rawValue]["password"].string
    }
  }

  func write(to path: String) throws {
    var document: JSONObject = ["base_url": .string(baseURL)]
    for account in DemoAccount.allCases {
      guard let password = passwords[account] else { continue }
      document[account.rawValue] = [
        "email": .string(account.email), "password": .string(password),
      ]
    }
    let text = PrettyJSON.render(.object(document))
    try Files.write(Array("\(text)\n".utf8), to: path, mode: 0o600)
  }
}
