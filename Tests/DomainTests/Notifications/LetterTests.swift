import Core
import Testing

@testable import Notifications

@Suite struct LetterTests {
  private func letter(
    _ blanks: [String: String], to address: String = "a@b.example",
    _ template: Template = .verifyEmail
  ) throws -> Letter {
    let delivery = Delivery(
      id: UUID(high: 1, low: 2), number: 7, address: address, template: template, blanks: blanks,
      attempts: 1, fence: 1, createdAt: Timestamp(seconds: 1_700_000_000))
    return Letter(delivery, from: try #require(Sender("Souk <post@souk.example>")))
  }

  private func lines(_ text: String) -> [Substring] {
    text.split(separator: "\n", omittingEmptySubsequences: false)
  }

  @Test func itHasWhatItsReaderNeeds() throws {
    let letter = try letter(["full_name": "Ann", "token": "t0k3n", "url": "http://x/v?token=t0k3n"])
    #expect(letter.fileName == "7-verify_email-a@b.example.eml")
    let lines = lines(letter.text(.file))
    for line in [
      "From: Souk <post@souk.example>", "To: Ann <a@b.example>",
      "Subject: Confirm your e-mail address", "Date: Tue, 14 Nov 2023 22:13:20 +0000",
      "Hello Ann,", "http://x/v?token=t0k3n", "Token: t0k3n", "<p>Hello Ann,</p>",
    ] {
      #expect(lines.contains(line[...]), "\(line)")
    }
  }

  @Test func nothingInABlankBeginsAHeader() throws {
    for evil in ["x\r\nBcc: c@d.example", "x\nBcc: c@d.example", "x\u{2028}Bcc: c@d.example"] {
      let letter = try letter(
        ["full_name": evil, "product": evil, "url": evil, "token": evil], to: evil, .stockLow)
      for form in [Letter.Form.file, .wire] {
        let starts = letter.text(form).split(whereSeparator: \.isNewline).filter {
          $0.hasPrefix("Bcc:")
        }
        #expect(starts.isEmpty)
      }
    }
  }

  @Test func whatIsNotPlainIsEncoded() throws {
    let name = String(repeating: "Nguyễn Thị Hồng ", count: 6)
    let text = try letter(["full_name": name, "product": "Áo dài"], .stockLow).text(.wire)
    #expect(text.utf8.allSatisfy { $0 < 0x80 })
    #expect(text.contains("Subject: =?UTF-8?B?w4FvIGTDoGkgaXMgcnVubmluZyBsb3c=?=\r\n"))
    // A header goes on where a line begins with a space.
    let unfolded = text.split(separator: "\r\n ").joined(separator: " ")
    let to = try #require(unfolded.split(separator: "\r\n").first { $0.hasPrefix("To: ") })
    let words = to.dropFirst(4).split(separator: " ").dropLast()
    #expect(words.count > 1)
    for word in words {
      #expect(word.utf8.count <= 75 && word.hasPrefix("=?UTF-8?B?") && word.hasSuffix("?="))
    }
    #expect(text.split(separator: "\r\n").allSatisfy { $0.utf8.count <= 998 })
  }

  /// Of two hundred signs, and of one that is made of two hundred.
  @Test(arguments: ["ก", "\u{301}"]) func noLineIsLongerThanServersTake(_ sign: String) throws {
    let product = String(repeating: sign, count: 200)
    let text = try letter(["full_name": product, "product": product], .stockLow).text(.wire)
    let lines = text.split(separator: "\r\n")
    #expect(lines.allSatisfy { $0.utf8.count <= 100 })
    let words = lines.filter { $0.contains("=?UTF-8?B?") }
    #expect(words.count > 20 && words.allSatisfy { $0.utf8.count <= 76 }, "\(words)")
  }

  @Test func aNameIsQuotedWhereItMust() {
    #expect(
      MailText.mailbox("Lim, Ana \"A\"", "a@b.example", "\n") == #""Lim, Ana \"A\"" <a@b.example>"#)
    #expect(MailText.mailbox("", "a@b.example", "\n") == "a@b.example")
    #expect(MailText.header("=?UTF-8?Q?x?=", "\n").hasPrefix("=?UTF-8?B?"))
  }

  @Test func markupInABlankStaysText() throws {
    let evil = #"<script>alert("1")</script>&'"#
    let text = try letter(["full_name": evil, "product": evil], .stockLow).text(.file)
    let html = try #require(text.split(separator: "text/html").last)
    #expect(!html.contains("<script>"))
    #expect(html.contains("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;"))
  }

  @Test func onlyAddressesOfTheWebAreLinks() throws {
    let text = try letter(["url": "javascript:alert(1)"]).text(.file)
    #expect(!text.contains("href"))
    let other = try letter(["url": #"https://x/"onclick="y"#]).text(.file)
    #expect(other.contains(#"href="https://x/&quot;onclick=&quot;y""#))
  }

  @Test func aBlankIsFilledOnce() {
    #expect(Template.fill("{a} {b} {c} {", ["a": "{b}", "b": "2"]) == "{b} 2  {")
  }

  @Test func everyTemplateHasItsTexts() {
    for template in Template.allCases {
      #expect(template.title != template.rawValue && template.words != template.rawValue)
    }
  }

  @Test func amountsAreWrittenAsPeopleDo() throws {
    for (amount, currency, text) in [
      (1999, "USD", "19.99 USD"), (5, "USD", "0.05 USD"), (-150_000, "VND", "-150000 VND"),
      (150_000, "IDR", "150000 IDR"), (1, "KWD", "0.001 KWD"),
    ] {
      #expect(Money(amount, try #require(Currency(rawValue: currency))).text == text)
    }
  }

  @Test func aSenderHasAnAddress() {
    #expect(Sender("Souk <post@souk.example>")?.address == "post@souk.example")
    #expect(Sender("post@souk.example")?.name == "")
    for text in ["", "Souk", "Souk <>", "a@b@c", "Souk <a b@c>", "@a", "<a@b.example>\n"] {
      #expect(Sender(text) == nil, "\(text)")
    }
  }
}
