import Core
import HTTP
import Middleware
import Payments

@Sendable func updatePaymentMethod(_ call: Call) throws -> Response {
  let caller = try call.signedIn()
  let id = try call.id(PaymentMethodKind.self)
  let body: UpdatePaymentMethodRequest = try call.body()
  return try call.write { transaction in
    let method = try call.cashier.change(
      id, body.changes, of: caller.user, check: call.requireMatch, in: transaction)
    return try .data(method).tagged(version: method.version)
  }
}

struct UpdatePaymentMethodRequest: RequestBody {
  let changes: MethodChanges

  init(_ fields: inout Fields) {
    let label = fields.change("label") { $0.optionalText($1, 1...100, .line) }
    let month = fields.change("exp_month") { $0.optionalInteger($1, in: 1...12) }
    let year = fields.change("exp_year") { $0.optionalInteger($1, in: 2000...2100) }
    if case .to(let text?) = label, MethodDraft.looksLikeCard(text) {
      let fault = PaymentError.cardNumber(field: "label")
      fields.refuse("label", fault.slug, fault.message)
    }
    changes = MethodChanges(label: label.given, expMonth: month.given, expYear: year.given)
  }
}

extension Change {
  fileprivate var given: Value? { if case .to(let value) = self { value } else { nil } }
}
