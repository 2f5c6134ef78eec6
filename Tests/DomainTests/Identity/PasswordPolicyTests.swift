import Identity
import Testing

@Suite struct PasswordPolicyTests {
  @Test(arguments: [
    "Lantern-7-courtyard", "lantern7courtyard!", "LANTERN7!", "Ünter-der-Brücke-1", "密码Lantern7",
    "correct Horse battery", "aB3defgh",
  ])
  func takesThreeKindsOfCharacters(_ password: String) throws {
    try PasswordPolicy.check(password, field: "password", email: "ana@example.com")
  }

  @Test(arguments: [
    "lanterncourtyard", "LANTERN-COURTYARD", "12345678901", "lantern7courtyard", "",
  ])
  func refusesFewer(_ password: String) {
    #expect(throws: IdentityError.passwordTooWeak(field: "next")) {
      try PasswordPolicy.check(password, field: "next", email: nil)
    }
  }

  /// Digits and signs around a word that everybody uses, or in it, do not make it a better one.
  @Test(arguments: [
    "Password1!", "P@ssw0rd", "pa$$W0RD", "123Qwerty!", "!!Letmein99", "Iloveyou-2024", "Souk-2026",
    "W3lc0me!", "M0nkey123!", "12345678aB!",
  ])
  func refusesWhatEverybodyUses(_ password: String) {
    #expect(throws: IdentityError.passwordTooCommon(field: "next")) {
      try PasswordPolicy.check(password, field: "next", email: nil)
    }
  }

  @Test func refusesTheNameInTheAddress() throws {
    #expect(throws: IdentityError.passwordLikeEmail(field: "next")) {
      try PasswordPolicy.check("xx-BEATRICE-1", field: "next", email: "Beatrice@example.com")
    }
    // Three letters are in too many words.
    try PasswordPolicy.check("Lan-ana-1x", field: "next", email: "ana@example.com")
  }
}
