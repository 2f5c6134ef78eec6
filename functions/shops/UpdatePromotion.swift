import Core
import HTTP
import Middleware
import Promotions

/// What is left out stays as it is; null clears. `type` and `value` change together.
@Sendable func updatePromotion(_ call: Call) throws -> Response {
  let caller = try call.signedIn()
  let shop = try call.id(ShopKind.self)
  let id = try call.id(PromotionKind.self, at: 1)
  let body: UpdatePromotionRequest = try call.body()
  return try call.write { transaction in
    let promotion = try call.campaigns.update(
      id, in: shop, by: caller.asShopManager, body.changes, check: call.requireMatch,
      in: transaction)
    return try .data(promotion).tagged(version: promotion.version)
  }
}

struct UpdatePromotionRequest: RequestBody {
  let changes: PromotionChanges

  init(_ fields: inout Fields) {
    changes = PromotionChanges(
      name: fields.change("name") { $0.text($1, 1...100, .line) },
      discount: Self.discount(&fields),
      maxDiscount: fields.change("max_discount") { $0.optionalAmount($1) },
      minimum: fields.change("minimum") { $0.optionalAmount($1) },
      code: fields.change("code") { $0.optionalText($1, 3...40, .promotionCode) },
      startsAt: fields.change("starts_at") { $0.timestamp($1) },
      endsAt: fields.change("ends_at") { $0.timestamp($1) },
      perCustomerLimit: fields.change("per_customer_limit") {
        $0.optionalInteger($1, in: 1...1_000_000)
      },
      totalLimit: fields.change("total_limit") { $0.optionalInteger($1, in: 1...1_000_000_000) },
      priority: fields.change("priority") { $0.integer($1, in: -1000...1000) },
      stacks: fields.change("stacks") { $0.optionalFlag($1) ?? false },
      scope: fields.change("applies_to") { fields, _ in fields.promotionScope() },
      status: fields.change("status") { $0.choice($1, else: Promotion.Status.draft) })
  }

  private static func discount(_ fields: inout Fields) -> Change<Promotion.Discount> {
    guard fields.has("type") || fields.has("value") else { return .unchanged }
    guard fields.has("type") else {
      fields.refuse("type", "required", "Say of which type the value is.")
      return .unchanged
    }
    let count = fields.violations.count
    let type = fields.choice("type", else: PromotionType.value)
    guard fields.violations.count == count, let discount = fields.promotionValue(type) else {
      return .unchanged
    }
    return .to(discount)
  }
}
