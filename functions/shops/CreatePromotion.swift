import Core
import HTTP
import Middleware
import Promotions

@Sendable func createPromotion(_ call: Call) throws -> Response {
  let caller = try call.signedIn()
  let shop = try call.id(ShopKind.self)
  let body: CreatePromotionRequest = try call.body()
  return try call.write { transaction in
    let promotion = try call.campaigns.create(
      body.draft, in: shop, by: caller.asShopManager, in: transaction)
    return try .created(promotion, at: "/api/v1/shops/\(shop)/promotions/\(promotion.id)")
      .tagged(version: promotion.version)
  }
}

struct CreatePromotionRequest: RequestBody {
  let draft: PromotionDraft

  /// One that has ended is made by nobody.
  enum Status: String, CaseIterable {
    case draft, active, paused
  }

  init(_ fields: inout Fields) {
    let type = fields.choice("type", else: PromotionType.value)
    let isTypeKnown = fields.violations.isEmpty
    draft = PromotionDraft(
      name: fields.text("name", 1...100, .line),
      discount: (isTypeKnown ? fields.promotionValue(type) : nil) ?? .value(1),
      maxDiscount: fields.optionalAmount("max_discount"),
      minimum: fields.optionalAmount("minimum"),
      code: fields.optionalText("code", 3...40, .promotionCode),
      startsAt: fields.timestamp("starts_at"), endsAt: fields.timestamp("ends_at"),
      perCustomerLimit: fields.optionalInteger("per_customer_limit", in: 1...1_000_000),
      totalLimit: fields.optionalInteger("total_limit", in: 1...1_000_000_000),
      priority: fields.optionalInteger("priority", in: -1000...1000) ?? 0,
      stacks: fields.optionalFlag("stacks") ?? false, scope: fields.promotionScope(),
      status: fields.optionalChoice("status", Status.self)
        .flatMap { Promotion.Status(rawValue: $0.rawValue) } ?? .draft)
    if fields.violations.isEmpty, draft.startsAt >= draft.endsAt {
      let error = PromotionError.endsBeforeItStarts
      fields.refuse("ends_at", error.slug, error.message)
    }
  }
}
