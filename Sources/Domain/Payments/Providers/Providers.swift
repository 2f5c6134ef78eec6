package import Core
internal import Middleware

/// Who is offered here, as the environment says. A provider without its keys is not.
package struct Providers: OwnSettings {
  private let outside: [ProviderName: any Provider]
  /// Half of the workers.
  let seats: Seats

  /// For what never asks anybody.
  package static let none = Providers()

  private init() {
    outside = [:]
    seats = Seats(0)
  }

  package init(_ environment: Environment) throws(SettingsError) {
    let publicURL = try environment.text("SOUK_PUBLIC_URL") ?? "http://localhost:8080"
    let returnURL = try environment.text("SOUK_PAYMENT_RETURN_URL") ?? "\(publicURL)/"
    // Where providers call us; within one network it may be a shorter way.
    let calls = "\(try environment.text("SOUK_IPN_URL") ?? publicURL)/api/v1/payments/ipn"
    let all: [(any Provider)?] = [
      try Self.momo(environment, calls, returnURL), try Self.midtrans(environment, returnURL),
      try Self.stripe(environment, returnURL), try Self.sandbox(environment, calls),
    ]
    outside = Dictionary(uniqueKeysWithValues: all.compactMap { $0 }.map { ($0.name, $0) })
    let workers = try environment.number("SOUK_WORKERS", default: 4, in: 1...64)
    seats = Seats(max(1, workers / 2))
  }

  package subscript(_ name: ProviderName) -> (any Provider)? { outside[name] }

  package var sandbox: Sandbox? { outside[.sandbox] as? Sandbox }

  /// Throws a 422 that names the field unless somebody can pay this way. `field` is where in the
  /// request the provider stands, as in `payment.`.
  @discardableResult
  package func check(
    _ provider: String, method: String?, currency: Currency, returnURL: String?,
    field: String = ""
  ) throws(PaymentError) -> ProviderName {
    guard let name = ProviderName(rawValue: provider) else {
      throw .unknownProvider(field: "\(field)provider")
    }
    guard [.momo, .midtrans, .stripe, .sandbox].contains(name) else {
      guard method == nil else { throw .unknownMethod(field: "\(field)method") }
      return name
    }
    guard let offered = outside[name] else {
      throw .providerNotConfigured(field: "\(field)provider")
    }
    guard offered.has(method) else { throw .unknownMethod(field: "\(field)method") }
    guard offered.takes(currency) else { throw .currencyNotTaken(field: "\(field)provider") }
    try check(returnURL: returnURL, for: name, field: field)
    return name
  }

  /// Throws a 422 where the provider would refuse the address to come back to.
  func check(
    returnURL: String?, for name: ProviderName, field: String = ""
  ) throws(PaymentError) {
    guard let returnURL, let most = outside[name]?.returnURLMost else { return }
    guard returnURL.unicodeScalars.count <= most else {
      throw .returnURLTooLong(field: "\(field)return_url", most: most)
    }
  }

  // MARK: Settings

  private static func momo(
    _ environment: Environment, _ calls: String, _ returnURL: String
  ) throws(SettingsError) -> Momo? {
    guard let secrets = try secrets("SOUK_MOMO_SECRETS", environment) else { return nil }
    guard returnURL.unicodeScalars.count <= Momo.returnURLMost else {
      throw SettingsError(
        "SOUK_PAYMENT_RETURN_URL has more than the \(Momo.returnURLMost) characters MoMo takes")
    }
    return Momo(
      url: try address("SOUK_MOMO_URL", "https://payment.momo.vn", environment),
      partner: try environment.require("SOUK_MOMO_PARTNER"),
      accessKey: try environment.require("SOUK_MOMO_ACCESS_KEY"), secrets: secrets,
      callbackURL: "\(calls)/momo", returnURL: returnURL)
  }

  private static func midtrans(
    _ environment: Environment, _ returnURL: String
  ) throws(SettingsError) -> Midtrans? {
    guard let keys = try secrets("SOUK_MIDTRANS_SERVER_KEYS", environment) else { return nil }
    return Midtrans(
      url: try address("SOUK_MIDTRANS_URL", "https://api.midtrans.com", environment),
      snapURL: try address("SOUK_MIDTRANS_SNAP_URL", "https://app.midtrans.com", environment),
      serverKeys: keys, returnURL: returnURL)
  }

  private static func stripe(
    _ environment: Environment, _ returnURL: String
  ) throws(SettingsError) -> Stripe? {
    guard let key = try environment.text("SOUK_STRIPE_KEY") else { return nil }
    guard let secrets = try secrets("SOUK_STRIPE_WEBHOOK_SECRETS", environment) else {
      throw SettingsError("SOUK_STRIPE_WEBHOOK_SECRETS is not set, but SOUK_STRIPE_KEY is")
    }
    return Stripe(
      url: try address("SOUK_STRIPE_URL", "https://api.stripe.com", environment), key: key,
      secrets: secrets, returnURL: returnURL)
  }

  private static func sandbox(
    _ environment: Environment, _ calls: String
  ) throws(SettingsError) -> Sandbox? {
    guard let secrets = try secrets("SOUK_SANDBOX_SECRETS", environment) else { return nil }
    return Sandbox(secrets: secrets, callbackURL: "\(calls)/sandbox")
  }

  /// Several with commas between them while one is being changed for the next: the newest first.
  private static func secrets(
    _ name: String, _ environment: Environment
  ) throws(SettingsError) -> [String]? {
    guard let text = try environment.text(name) else { return nil }
    let secrets = text.split(separator: ",").map { String($0.filter { $0 != " " }) }
    guard !secrets.isEmpty, secrets.allSatisfy({ $0.utf8.count >= 8 }) else {
      throw SettingsError("\(name) needs secrets of at least 8 characters, with commas between")
    }
    return secrets
  }

  private static func address(
    _ name: String, _ usual: String, _ environment: Environment
  ) throws(SettingsError) -> String {
    let text = try environment.text(name) ?? usual
    guard text.hasPrefix("https://") || text.hasPrefix("http://") else {
      throw SettingsError("\(name) must begin with https:// or http://")
    }
    return text.hasSuffix("/") ? String(text.dropLast()) : text
  }
}
