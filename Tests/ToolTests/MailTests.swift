import Core
import JSON
import Testing

@testable import souk

@Suite struct MailTests {
  private let moment = Timestamp(seconds: 1_700_000_000)
  private func payload(to: String = "a@b.example") -> JSONValue {
    [
      "to": .string(to), "template": "verify_email",
      "values": ["full_name": "Ann", "token": "t0k3n", "url": "http://x/verify?token=t0k3n"],
    ]
  }

  @Test func aMailHasWhatItsReaderNeeds() throws {
    let mail = try #require(Mail(payload(), at: moment))
    #expect(mail.fileName(sequence: 7) == "7-verify_email-a@b.example.eml")
    let lines = mail.text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.contains("To: a@b.example"))
    #expect(lines.contains("Subject: Confirm your e-mail address"))
    #expect(lines.contains("Date: Tue, 14 Nov 2023 22:13:20 +0000"))
    #expect(lines.contains("http://x/verify?token=t0k3n"))
    #expect(lines.contains("Token: t0k3n"))
  }

  @Test func anAddressBreaksNeitherHeadersNorPaths() throws {
    let mail = try #require(Mail(payload(to: "a/../b\r\nBcc: c@d.example"), at: moment))
    #expect(!mail.fileName(sequence: 1).contains("/"))
    #expect(!mail.text.split(whereSeparator: \.isNewline).contains { $0.hasPrefix("Bcc:") })
  }

  @Test func aPayloadWithoutAddressIsNone() {
    #expect(Mail(["template": "verify_email"], at: moment) == nil)
  }
}
