internal import Core

/// Who a mail is from.
package struct Sender: Sendable {
  let name: String
  package let address: String

  /// `Souk <post@souk.example>` or the address alone. Nil when it is neither.
  package init?(_ text: String) {
    if text.hasSuffix(">"), let open = text.firstIndex(of: "<") {
      name = String(text[..<open].reversed().drop { $0 == " " }.reversed())
      address = String(text[text.index(after: open)...].dropLast())
    } else {
      (name, address) = ("", text)
    }
    let parts = address.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2, !parts.contains(""), !address.contains(where: { " <>\n".contains($0) })
    else { return nil }
  }

  var domain: Substring { address.split(separator: "@").last ?? "" }
}

/// One mail (RFC 5322), as plain text and as HTML.
struct Letter {
  enum Form {
    /// For people: as it reads.
    case file
    /// For servers: nothing in it that one of them could change on the way.
    case wire
  }

  private let delivery: Delivery
  private let sender: Sender
  /// Each on one line, whatever somebody wrote.
  private let blanks: [String: String]

  init(_ delivery: Delivery, from sender: Sender) {
    self.delivery = delivery
    self.sender = sender
    blanks = delivery.blanks.mapValues { MailText.line($0) }
  }

  /// In a name only what cannot be part of a path; the rest becomes `_`.
  var fileName: String {
    "\(delivery.number)-\(plain(delivery.template.rawValue))-\(plain(delivery.address)).eml"
  }

  private func plain(_ text: String) -> String {
    String(
      text.prefix(100).map {
        $0.isASCII && ($0.isLetter || $0.isNumber) || "@._-+".contains($0) ? $0 : "_"
      })
  }

  func text(_ form: Form) -> String {
    let boundary = "souk-\(delivery.id)"
    let lineEnd = form == .wire ? "\r\n" : "\n"
    let lines =
      headers(boundary, lineEnd) + part("text/plain", plainText, boundary, form)
      + part("text/html", htmlText, boundary, form) + ["--\(boundary)--", ""]
    return lines.joined(separator: lineEnd)
  }

  /// The id stays the same however often this is sent: a server that took it, but whose answer we
  /// did not hear, gets it again, and whoever reads it can see that it is the same.
  private func headers(_ boundary: String, _ lineEnd: String) -> [String] {
    let title = Template.fill(delivery.template.title, blanks)
    return [
      "From: \(MailText.mailbox(sender.name, sender.address, lineEnd))",
      "To: \(MailText.mailbox(blank("full_name") ?? "", delivery.address, lineEnd))",
      "Subject: \(MailText.header(title, lineEnd))",
      "Date: \(MailText.date(delivery.createdAt))",
      "Message-ID: <\(delivery.id)@\(sender.domain)>",
      "MIME-Version: 1.0", "Auto-Submitted: auto-generated",
      "Content-Type: multipart/alternative; boundary=\"\(boundary)\"", "",
    ]
  }

  private func part(
    _ type: String, _ text: String, _ boundary: String, _ form: Form
  ) -> [String] {
    [
      "--\(boundary)", "Content-Type: \(type); charset=utf-8",
      "Content-Transfer-Encoding: \(form == .wire ? "base64" : "8bit")", "",
    ] + (form == .wire ? MailText.base64Lines(text) : [text]) + [""]
  }

  private func blank(_ name: String) -> String? {
    blanks[name].flatMap { $0.isEmpty ? nil : $0 }
  }

  private var words: String { Template.fill(delivery.template.words, blanks) }

  private var plainText: String {
    """
    Hello \(blank("full_name") ?? "there"),

    \(words)

    \(blank("url") ?? "")
    \(blank("token").map { "Token: \($0)" } ?? "")
    """
  }

  private var htmlText: String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head><meta charset="utf-8"><title>\(html(delivery.template.title))</title></head>
    <body style="font-family: sans-serif; max-width: 36em; margin: 2em auto">
    <p>Hello \(MailText.html(blank("full_name") ?? "there")),</p>
    <p>\(html(delivery.template.words))</p>
    \(link)
    </body>
    </html>
    """
  }

  /// Markup stands in templates alone, never in what fills them.
  private func html(_ text: String) -> String {
    MailText.html(Template.fill(text, blanks))
  }

  private var link: String {
    guard let url = blank("url"), url.hasPrefix("https://") || url.hasPrefix("http://") else {
      return ""
    }
    return "<p><a href=\"\(MailText.html(url))\">\(MailText.html(url))</a></p>"
  }
}
