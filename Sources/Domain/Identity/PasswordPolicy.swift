internal import Core

/// Which passwords are good enough: three of four kinds of characters, and none that everybody
/// tries first. The length is checked with the field.
package enum PasswordPolicy {
  package static func check(_ password: String, field: String, email: String?) throws(IdentityError)
  {
    guard kinds(of: password) >= 3 else { throw .passwordTooWeak(field: field) }
    let plain = plainForm(of: password)
    guard !common.contains(plain), plain.count >= 3 else {
      throw .passwordTooCommon(field: field)
    }
    let name = email?.lowercased().prefix { $0 != "@" } ?? ""
    guard name.count < 4 || !password.lowercased().holds(name) else {
      throw .passwordLikeEmail(field: field)
    }
  }

  private static func kinds(of password: String) -> Int {
    var kinds: Set<Int> = []
    for scalar in password.unicodeScalars {
      switch scalar.properties.generalCategory {
      case .lowercaseLetter: kinds.insert(0)
      case .uppercaseLetter: kinds.insert(1)
      case .decimalNumber: kinds.insert(2)
      default: kinds.insert(3)
      }
    }
    return kinds.count
  }

  /// The word behind the disguise: `P@ssw0rd2024!` is `password`.
  private static func plainForm(of password: String) -> String {
    let disguises: [Character: Character] = [
      "0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i",
    ]
    let isLetter: (Character) -> Bool = { $0.isLetter }
    let trimmed = Array(password.lowercased()).drop { !isLetter($0) }
    guard let last = trimmed.lastIndex(where: isLetter) else { return "" }
    return String(trimmed[...last].map { disguises[$0] ?? $0 }.filter(isLetter))
  }

  /// What is left of the most used passwords in published lists when digits and signs at both
  /// ends are taken off.
  private static let common: Set<String> = [
    "password", "passwort", "passw", "passwd", "pass", "qwerty", "qwertyuiop", "qwert", "azerty",
    "asdfgh", "asdfghjkl", "asdf", "zxcvbn", "zxcvbnm", "abc", "abcd", "abcde", "abcdef",
    "iloveyou", "loveyou", "love", "letmein", "welcome", "admin", "administrator", "root", "login",
    "master", "monkey", "dragon", "football", "baseball", "basketball", "soccer", "hockey",
    "sunshine", "princess", "superman", "batman", "spiderman", "pokemon", "starwars", "whatever",
    "trustno", "shadow", "michael", "jennifer", "jordan", "ashley", "daniel", "charlie", "jessica",
    "thomas", "andrew", "nicole", "hunter", "killer", "ranger", "buster", "tigger", "pepper",
    "ginger", "maggie", "cookie", "summer", "winter", "spring", "autumn", "monday", "friday",
    "january", "february", "march", "april", "june", "july", "august", "september", "october",
    "november", "december", "secret", "changeme", "default", "guest", "test", "testing", "temp",
    "temporary", "hello", "helloworld", "freedom", "computer", "internet", "samsung", "google",
    "facebook", "apple", "microsoft", "access", "flower", "hottie", "loveme", "zaq", "qaz",
    "qazwsx",
    "qwe", "asd", "zxc", "aaa", "aaaaaa", "xxx", "mustang", "corvette", "mercedes", "ferrari",
    "yankees", "dallas", "liverpool", "arsenal", "chelsea", "barcelona", "matrix", "phoenix",
    "cheese", "chocolate", "banana", "orange", "purple", "silver", "golden", "diamond", "angel",
    "family", "forever", "blessed", "jesus", "christ", "souk", "shop", "market", "user", "demo",
    "anhyeuem", "matkhau", "matkhauu", "emyeuanh", "vietnam",
  ]
}
