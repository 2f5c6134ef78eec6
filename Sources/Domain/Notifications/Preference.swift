/// How somebody wants to be told about one topic.
package struct Preference: Encodable, Equatable, Sendable {
  package let mail: Bool
  package let sms: Bool
  package let inApp: Bool

  /// Who never chose.
  package static let usual = Preference(mail: true, sms: false, inApp: true)
}

/// One of them for each topic.
package struct Preferences: Encodable, Equatable, Sendable {
  package let orders: Preference
  package let deliveries: Preference
  package let payments: Preference
  package let shop: Preference

  init(_ chosen: [Topic: Preference]) {
    orders = chosen[.orders] ?? .usual
    deliveries = chosen[.deliveries] ?? .usual
    payments = chosen[.payments] ?? .usual
    shop = chosen[.shop] ?? .usual
  }
}

/// What changes about a topic; nil stays as it is.
package struct PreferenceChange: Equatable, Sendable {
  package let mail: Bool?
  package let sms: Bool?
  package let inApp: Bool?

  package init(mail: Bool? = nil, sms: Bool? = nil, inApp: Bool? = nil) {
    self.mail = mail
    self.sms = sms
    self.inApp = inApp
  }
}
