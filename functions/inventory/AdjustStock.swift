import Core
import HTTP
import Inventory
import Middleware

/// One change, or a list of them in `variants`: all of it happens, or nothing.
@Sendable func adjustStock(_ call: Call) throws -> Response {
  let caller = try call.signedIn()
  let product = try call.id(ProductKind.self)
  let body: AdjustStockRequest = try call.body()
  // Keys are their callers' own; what a key moved once stays moved when its answer is forgotten.
  let key = "key \(caller.user) \(call.request[.idempotencyKey] ?? "")"
  return try call.write { transaction in
    try call.warehouse.adjust(
      product, body.changes, reference: body.reference ?? key, by: caller.asShopManager,
      check: call.requireMatch,
      in: transaction)
    let shelves = try StockDirectory.shelves(of: product, in: transaction)
    return try .data(InventoryAnswer(of: product, forItsShop: shelves))
      .tagged(version: shelves.version)
  }
}

struct AdjustStockRequest: RequestBody {
  let changes: [StockChange]
  let reference: String?

  init(_ fields: inout Fields) {
    reference = fields.optionalText("reference", 1...100, .line)
    guard fields.value("variants") != nil else {
      changes = [StockChangeRequest(&fields).change("")]
      return
    }
    for name in ["variant_id", "quantity", "delta"] where fields.value(name) != nil {
      fields.refuse(name, "not_with_variants", "Give this inside of variants.")
    }
    changes = fields.items("variants", count: 1...100, StockChangeRequest.self).enumerated().map {
      $1.change("variants[\($0)].")
    }
  }
}

private struct StockChangeRequest: RequestBody {
  /// For the place in the body where it stands.
  let change: (String) -> StockChange

  init(_ fields: inout Fields) {
    let variant = fields.optionalID("variant_id", VariantKind.self)
    let threshold = fields.optionalInteger("low_stock_threshold", in: 0...StockLevel.thresholdMax)
    let action = Self.action(&fields)
    if action == nil, threshold == nil, fields.violations.isEmpty {
      fields.refuse("quantity", "required", "Give a quantity, a delta or a low_stock_threshold.")
    }
    change = {
      StockChange(variant: variant, action: action, lowStockThreshold: threshold, place: $0)
    }
  }

  private static func action(_ fields: inout Fields) -> StockChange.Action? {
    let most = StockLevel.onHandMax
    let quantity = fields.optionalInteger("quantity", in: 0...most)
    let expected = fields.optionalInteger("expected", in: 0...most)
    let delta = fields.optionalInteger("delta", in: -most...most)
    let reason = fields.optionalText("reason", 1...200, .line)
    if fields.value("quantity") != nil, fields.value("delta") != nil {
      fields.refuse("delta", "one_or_the_other", "Give a quantity or a delta, not both.")
    }
    if expected != nil, fields.value("quantity") == nil {
      fields.refuse("expected", "needs_quantity", "This goes with a quantity.")
    }
    if let quantity { return .set(quantity, expected: expected) }
    guard let delta else { return nil }
    if delta == 0 { fields.refuse("delta", "out_of_range", "This must not be zero.") }
    if fields.value("reason") == nil {
      fields.refuse("reason", "required", "Say why the stock changes.")
    }
    return .add(delta, reason: reason ?? "")
  }
}
