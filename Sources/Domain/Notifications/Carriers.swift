package import Core
package import HTTPClient
internal import JSON
internal import Middleware

/// No repetition will make this arrive.
struct Undeliverable: Error, CustomStringConvertible {
  let description: String
}

/// How mails leave.
package enum MailCarrier: Sendable {
  case server(SMTPClient, Sender)
  /// Where nobody sends them yet, they are written down for people to read.
  case folder(String, Sender)

  /// Nil where the environment names neither.
  package init?(_ environment: Environment) throws(SettingsError) {
    let named = try environment.text("SOUK_MAIL_FROM")
    guard let sender = Sender(named ?? "Souk <no-reply@souk.example>") else {
      throw SettingsError("SOUK_MAIL_FROM must be as in Souk <post@souk.example>")
    }
    if let url = try environment.text("SOUK_SMTP_URL") {
      guard named != nil else { throw SettingsError("SOUK_MAIL_FROM is not set") }
      self = .server(
        try SMTPClient(
          url: url, user: try environment.text("SOUK_SMTP_USER"),
          password: try environment.text("SOUK_SMTP_PASSWORD"),
          authority: try environment.text("SOUK_SMTP_CA")), sender)
    } else if let folder = try environment.text("SOUK_MAIL_FOLDER") {
      self = .folder(folder, sender)
    } else {
      return nil
    }
  }

  /// Carries one after the other, over one connection where there is any.
  func carry() -> (Delivery) throws -> Void {
    switch self {
    case .server(let client, let sender):
      let connection = client.connection()
      return { try Self.hand($0, to: connection, from: sender) }
    case .folder(let folder, let sender):
      return { try Self.put($0, into: folder, from: sender) }
    }
  }

  private static func hand(
    _ delivery: Delivery, to connection: SMTPConnection, from sender: Sender
  ) throws {
    let letter = Letter(delivery, from: sender)
    do throws(SMTPError) {
      try connection.send(letter.text(.wire), from: sender.address, to: delivery.address)
    } catch {
      throw error.isForGood ? Undeliverable(description: error.description) : error
    }
  }

  private static func put(
    _ delivery: Delivery, into folder: String, from sender: Sender
  ) throws {
    let letter = Letter(delivery, from: sender)
    // Whoever reads the mails can take over accounts.
    try Files.makeDirectory(folder, mode: 0o700)
    try Files.write(
      Array(letter.text(.file).utf8), to: "\(folder)/\(letter.fileName)", mode: 0o600,
      waitsForDisk: false)
  }
}

/// Who sends short messages for us.
package struct SMSGateway: Sendable {
  private let url: String
  private let token: String

  private static let charactersMax = 480

  /// Nil where the environment names none.
  package init?(_ environment: Environment) throws(SettingsError) {
    guard let url = try environment.text("SOUK_SMS_URL") else { return nil }
    guard url.hasPrefix("https://") || url.hasPrefix("http://") else {
      throw SettingsError("SOUK_SMS_URL must begin with https:// or http://")
    }
    self.url = url
    token = try environment.require("SOUK_SMS_TOKEN")
  }

  /// The id stays the same however often it is sent, so that the gateway can see it.
  func carry(_ delivery: Delivery, over http: HTTPClient, _ randomness: Randomness) throws {
    let text = MailText.line(Template.fill(delivery.template.words, delivery.blanks))
    let body: JSONValue = [
      "to": .string(delivery.address),
      "text": .string(text.prefix(scalars: Self.charactersMax)),
      "id": .string("\(delivery.id)"),
    ]
    let answer = try http.send(
      "POST", url,
      headers: [("Authorization", "Bearer \(token)"), ("Content-Type", "application/json")]
        + TraceContext.headers(continuing: delivery.trace, randomness),
      body: body.bytes)
    switch answer.status {
    case 200..<300: return
    case 400, 422: throw Undeliverable(description: "the gateway answered \(answer.status)")
    default: throw GatewayTrouble(status: answer.status)
    }
  }
}

private struct GatewayTrouble: Error, CustomStringConvertible {
  let status: Int
  var description: String { "the gateway answered \(status)" }
}
