package import HTTP

extension TextRule {
  /// What a promotion may go by. Letters of both cases are the same.
  package static let promotionCode = TextRule(
    "invalid_code", "This may have letters, digits, hyphens and underscores only."
  ) { text in
    text.utf8.allSatisfy {
      (65...90).contains($0) || (97...122).contains($0) || (48...57).contains($0) || $0 == 45
        || $0 == 95
    }
  }
}
