import Core
import Testing

@Suite struct TimestampTextTests {
  @Test(
    arguments: [
      ("1970-01-01T00:00:00Z", 0), ("2026-01-31T08:30:00Z", 1_769_848_200_000_000),
      ("2026-01-31T08:30:00.5Z", 1_769_848_200_500_000),
      ("2026-01-31T08:30:00.000001Z", 1_769_848_200_000_001),
      ("2026-01-31t08:30:00z", 1_769_848_200_000_000),
      ("2026-01-31T15:30:00+07:00", 1_769_848_200_000_000),
      ("2026-01-31T03:00:00-05:30", 1_769_848_200_000_000),
      ("1969-12-31T23:59:59Z", -1_000_000), ("2024-02-29T00:00:00Z", 1_709_164_800_000_000),
    ] as [(String, Int64)])
  func readsWhatRFC3339Says(_ text: String, _ microseconds: Int64) {
    #expect(Timestamp(text)?.microseconds == microseconds)
  }

  @Test(arguments: [
    "", "now", "2026-01-31", "2026-01-31T08:30:00", "2026-01-31 08:30:00Z", "2026-02-29T00:00:00Z",
    "2026-13-01T00:00:00Z", "2026-01-31T24:00:00Z", "2026-01-31T08:60:00Z", "2026-01-31T08:30:60Z",
    "2026-01-31T08:30:00.Z", "2026-01-31T08:30:00.1234567Z", "2026-01-31T08:30:00+0700",
    "2026-01-31T08:30:00+07:60", "2026-01-31T08:30:00+7:00", "2026-01-31T08:30:00ZZ",
    "2026-01-31T8:30:00Z", "+2026-01-31T08:30:0Z", "٢٠٢٦-01-31T08:30:00Z",
  ])
  func refusesEverythingElse(_ text: String) {
    #expect(Timestamp(text) == nil)
  }

  @Test func whatIsWrittenIsReadAgain() {
    for milliseconds: Int64 in [0, 1, 999, 1_769_848_200_123, 4_102_444_799_999] {
      let time = Timestamp(microseconds: milliseconds * 1000)
      #expect(Timestamp(time.description) == time)
    }
  }
}

@Suite struct MoneyTests {
  @Test func addsInOneCurrency() throws {
    let usd = try #require(Currency(rawValue: "USD"))
    #expect(Money(1999, usd) + Money(1, usd) == Money(2000, usd))
    #expect(Money(5, usd) - Money(7, usd) == Money(-2, usd))
  }

  @Test(arguments: ["", "US", "USDD", "usd", "U$D", "ÄÖÜ", "US ", "U\u{0}D"])
  func aCurrencyIsThreeCapitals(_ text: String) { #expect(Currency(rawValue: text) == nil) }
}
