import Core
import Testing

@Suite struct CoreTextTests {
  private static let uuids: [UUID] = {
    var random = SeededRandom(seed: 11)
    return [UUID(high: 0, low: 0), UUID(high: .max, low: .max)]
      + (0..<500).map { _ in UUID(high: random.next(), low: random.next()) }
  }()

  @Test func idsComeBackAsTheyWere() {
    for uuid in Self.uuids {
      let id = UserID(uuid)
      #expect(id.description.utf8.count == 30)
      #expect(UserID(id.description) == id)
      #expect(UUID(bytes: uuid.bytes) == uuid)
      #expect(SessionID(id.description) == nil, "an id of another kind")
    }
  }

  @Test func idsSortAsTheirTextsDo() {
    let ids = Self.uuids.map { UserID($0) }
    #expect(ids.sorted().map(\.description) == ids.map(\.description).sorted())
  }

  @Test(arguments: [
    "", "usr_", "usr_0123456789abcdefghjkmnpqr", "usr_0123456789abcdefghjkmnpqrst",
    "usr-00000000000000000000000000", "usr_8zzzzzzzzzzzzzzzzzzzzzzzzz",
    "usr_0000000000000000000000000I", "usr_0000000000000000000000000i",
    "usr_0000000000000000000000000u", "USR_00000000000000000000000000",
    "usr_000000000000000000000000é", " usr_0000000000000000000000000",
  ])
  func whatIsNoID(_ text: String) { #expect(UserID(text) == nil) }

  @Test func newIDsCarryVersionAndTime() {
    let clock = Clock { Timestamp(microseconds: 1_767_225_600_123_456) }
    let source = IDSource(clock: clock, randomness: .system)
    let uuid = source.uuid()
    #expect(uuid.high >> 16 == 1_767_225_600_123)
    #expect(uuid.high >> 12 & 0xf == 7)
    #expect(uuid.low >> 62 == 2)
    #expect(source.uuid() != uuid)
  }

  /// By how many digits ISO 4217 gives a currency; dong and rupiah as those who use them do.
  @Test(arguments: [
    ("USD", "-12.05 USD"), ("VND", "-1205 VND"), ("IDR", "-1205 IDR"), ("ISK", "-1205 ISK"),
    ("KWD", "-1.205 KWD"),
  ])
  func amountsAreToldAsPeopleWriteThem(_ code: String, _ text: String) throws {
    let currency = try #require(Currency(rawValue: code))
    #expect(Money(-1205, currency).text == text)
    #expect(Money(5, currency).text.hasSuffix("5 \(code)"))
  }

  @Test func base64ComesBackAndIsStrict() {
    var random = SeededRandom(seed: 5)
    for count in 0..<200 {
      let bytes = (0..<count).map { _ in UInt8.random(in: 0 ... .max, using: &random) }
      #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
      #expect(Hex.decode(Hex.encode(bytes)) == bytes)
    }
    for text in ["A", "AB=", "AB==", "A+", "A/", "AB", "AAB", "A A", "Aä"] {
      let decoded = Base64URL.decode(text)
      #expect(decoded == nil || decoded.map { Base64URL.encode($0) } == text, "\(text)")
    }
    #expect(Base64URL.decode("AB") == nil, "stray bits")
    #expect(Hex.decode("abc") == nil)
    #expect(Hex.decode("zz") == nil)
  }

  @Test(arguments: [
    (0, "1970-01-01T00:00:00.000Z"), (1_709_210_096_789_999, "2024-02-29T12:34:56.789Z"),
    (-1, "1969-12-31T23:59:59.999Z"), (253_402_300_799_999_999, "9999-12-31T23:59:59.999Z"),
  ])
  func timesAreWritten(_ microseconds: Int, _ text: String) {
    #expect(Timestamp(microseconds: Int64(microseconds)).description == text)
  }

  @Test func datesThatExistAreRead() {
    for day in stride(from: -200_000, to: 200_000, by: 97) {
      let date = CalendarDate(daysSince1970: day)
      #expect(date.daysSince1970 == day)
      #expect(CalendarDate(date.description) == date)
    }
    for text in [
      "2023-02-29", "2023-13-01", "2023-00-01", "2023-01-00", "2023-1-1", "0000-01-01",
      "1900-02-29", "+023-01-01", "2023/01/01", "",
    ] {
      #expect(CalendarDate(text) == nil, "\(text)")
    }
  }
}
