import Core
import HTTP
import Middleware
import Payments

@Sendable func savePaymentMethod(_ call: Call) throws -> Response {
  let caller = try call.signedIn()
  let body: SavePaymentMethodRequest = try call.body()
  guard call.providers[body.draft.provider] != nil else {
    throw PaymentError.providerNotConfigured(field: "provider")
  }
  return try call.write { transaction in
    let method = try call.cashier.save(body.draft, for: caller.user, in: transaction)
    return try .created(method, at: "/api/v1/payment-methods/\(method.id)")
      .tagged(version: method.version)
  }
}

struct SavePaymentMethodRequest: RequestBody {
  let draft: MethodDraft

  private enum Provider: String, CaseIterable {
    case momo, midtrans, stripe, sandbox
  }

  init(_ fields: inout Fields) {
    let provider = fields.choice("provider", else: Provider.sandbox)
    let token = fields.text("token", 1...255, .line)
    let last4 = fields.optionalText("last4", 4...4, .fourDigits)
    let label = fields.optionalText("label", 1...100, .line)
    let brand = fields.optionalText("brand", 1...50, .line)
    for (name, text) in [("token", token), ("label", label ?? ""), ("brand", brand ?? "")]
    where MethodDraft.looksLikeCard(text) {
      let fault = PaymentError.cardNumber(field: name)
      fields.refuse(name, fault.slug, fault.message)
    }
    draft = MethodDraft(
      provider: ProviderName(rawValue: provider.rawValue) ?? .sandbox, token: token,
      brand: brand, last4: last4,
      expMonth: fields.optionalInteger("exp_month", in: 1...12),
      expYear: fields.optionalInteger("exp_year", in: 2000...2100), label: label,
      isDefault: fields.optionalFlag("is_default") ?? false)
  }
}

extension TextRule {
  fileprivate static let fourDigits = TextRule(
    "invalid_last4", "These must be the last four digits of the card."
  ) { $0.utf8.allSatisfy { (48...57).contains($0) } }
}
