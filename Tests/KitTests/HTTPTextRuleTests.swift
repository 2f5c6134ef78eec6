import HTTP
import Testing

@Suite struct HTTPTextRuleTests {
  @Test(arguments: [
    "a@b.co", "ana.lim+souk@mail.example.com", "o'neil@example.museum", "x_y-z@1.2.example",
  ])
  func isAnEmail(_ text: String) { #expect(TextRule.email.holds(text)) }

  @Test(arguments: [
    "", "a", "a@b", "@b.co", "a@", "a@b.", "a@.co", "a@@b.co", "a b@c.de", "a@b..co", ".a@b.co",
    "a.@b.co", "a@b_c.de", "ana@exämple.com", "a@b.co\n", "a,b@c.de", "<a@b.co>",
    String(repeating: "a", count: 65) + "@b.co",
  ])
  func isNoEmail(_ text: String) { #expect(!TextRule.email.holds(text)) }

  @Test(arguments: ["+84 90 123 4567", "0901234567", "+1 (555) 010-0000"])
  func isAPhone(_ text: String) { #expect(TextRule.phone.holds(text)) }

  @Test(arguments: ["", "+", "12345", "+84x1234567", "call me", "٠٩٠١٢٣٤٥٦٧", "(555) 0100 00"])
  func isNoPhone(_ text: String) { #expect(!TextRule.phone.holds(text)) }

  @Test(arguments: ["http://a", "https://cdn.example/a/b.png?c=d#e", "https://1.2.3.4:8080/"])
  func isAWebAddress(_ text: String) { #expect(TextRule.webAddress.holds(text)) }

  @Test(arguments: [
    "", "http://", "ftp://a", "javascript:alert(1)", "https:///a", "https://a b", "https://a\"b",
    "//a", "HTTPS://a", "https://ä",
  ])
  func isNoWebAddress(_ text: String) { #expect(!TextRule.webAddress.holds(text)) }

  @Test func namesOfCountriesAndUsers() {
    #expect(TextRule.country.holds("VN"))
    #expect(!TextRule.country.holds("vn"))
    #expect(!TextRule.country.holds("V1"))
    #expect(TextRule.username.holds("Ana.Lim_7"))
    #expect(!TextRule.username.holds("ana lim"))
    #expect(!TextRule.username.holds("ana@lim"))
  }
}
