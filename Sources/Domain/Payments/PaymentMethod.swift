package import Core
package import JSON
internal import Postgres

/// A way to pay that somebody has saved, as they read it. The provider's token stays here.
package struct PaymentMethod: Encodable, Sendable {
  package let id: PaymentMethodID
  package let provider: ProviderName
  @ExplicitNull package var brand: String?
  @ExplicitNull package var last4: String?
  @ExplicitNull package var expMonth: Int?
  @ExplicitNull package var expYear: Int?
  @ExplicitNull package var label: String?
  package let isDefault: Bool
  package let createdAt: Timestamp
  package let version: Int

  static let columns: SQL = """
    m.id, m.provider, m.brand, m.last4, m.exp_month, m.exp_year, m.label, m.is_default,
    m.created_at, m.version
    """

  /// In the order of `columns`.
  init(_ row: inout Row) throws {
    id = try row.next()
    provider = try row.next()
    _brand = ExplicitNull(wrappedValue: try row.next())
    _last4 = ExplicitNull(wrappedValue: try row.next())
    _expMonth = ExplicitNull(wrappedValue: try row.next())
    _expYear = ExplicitNull(wrappedValue: try row.next())
    _label = ExplicitNull(wrappedValue: try row.next())
    isDefault = try row.next()
    createdAt = try row.next()
    version = try row.next()
  }
}

/// What somebody wants to save.
package struct MethodDraft: Sendable {
  package let provider: ProviderName
  package let token: String
  package let brand: String?
  package let last4: String?
  package let expMonth: Int?
  package let expYear: Int?
  package let label: String?
  package let isDefault: Bool

  package init(
    provider: ProviderName, token: String, brand: String?, last4: String?, expMonth: Int?,
    expYear: Int?, label: String?, isDefault: Bool
  ) {
    self.provider = provider
    self.token = token
    self.brand = brand
    self.last4 = last4
    self.expMonth = expMonth
    self.expYear = expYear
    self.label = label
    self.isDefault = isDefault
  }

  /// Twelve to nineteen digits whose sum is that of a card's number, with spaces or dashes or
  /// without. Such a number is nothing we want to know.
  package static func looksLikeCard(_ text: String) -> Bool {
    let digits = text.utf8.filter { $0 != 32 && $0 != 45 }
    guard (12...19).contains(digits.count), digits.allSatisfy({ (48...57).contains($0) }) else {
      return false
    }
    let sum = digits.reversed().enumerated().reduce(0) { sum, digit in
      let value = Int(digit.element - 48) * (digit.offset.isMultiple(of: 2) ? 1 : 2)
      return sum + (value > 9 ? value - 9 : value)
    }
    return sum.isMultiple(of: 10)
  }
}

/// What a PUT changes of a saved method. The provider and its token stay.
package struct MethodChanges: Sendable {
  package let label: String??
  package let expMonth: Int??
  package let expYear: Int??

  package init(label: String??, expMonth: Int??, expYear: Int??) {
    self.label = label
    self.expMonth = expMonth
    self.expYear = expYear
  }
}
