internal import Core
internal import HTTP

/// What becomes of the variants of a product that is changed.
struct Rearrangement {
  let options: [ProductOption]
  let kept: [NewVariant]
  let added: [NewVariant]

  /// Throws a 422 that lists every fault.
  init(
    _ drafts: [VariantDraft], of present: [VariantRecord], options: [ProductOption],
    price: Money?, for product: ProductRecord, ids: IDSource
  ) throws {
    let known = Dictionary(present.map { ($0.id, $0) }) { first, _ in first }
    let whole = drafts.map { Self.completed($0, with: $0.id.flatMap { known[$0] }) }
    var arrangement = Arrangement(options: options, variants: whole, at: "")
    Self.checkIDs(of: drafts, known, &arrangement)
    let currency = product.shop.currency
    var (kept, added): ([NewVariant], [NewVariant]) = ([], [])
    for (index, variant) in whole.enumerated() {
      let before = variant.id.flatMap { known[$0] }
      let id = variant.id ?? ids.id(VariantKind.self)
      let row = NewVariant(
        id: id, product: product.id, shop: product.shop.id,
        sku: variant.sku ?? Catalogue.sku(for: id), options: variant.options ?? [:],
        image: variant.image.applied(to: before?.image),
        price: arrangement.price(
          of: variant, at: index,
          else: price ?? before.map { Money($0.price, currency) }, in: currency),
        currency: currency, position: index, stock: variant.stock)
      if before == nil { added.append(row) } else { kept.append(row) }
    }
    guard arrangement.faults.isEmpty else { throw Problem.invalid(arrangement.faults) }
    self.options = arrangement.options
    self.kept = kept
    self.added = added
  }

  func leaves(out variant: VariantRecord) -> Bool { !kept.contains { $0.id == variant.id } }

  /// What is not told of a variant stays as it is.
  private static func completed(_ draft: VariantDraft, with before: VariantRecord?) -> VariantDraft
  {
    var draft = draft
    draft.sku = draft.sku ?? before?.sku
    draft.options = draft.options ?? before?.options
    return draft
  }

  private static func checkIDs(
    of drafts: [VariantDraft], _ known: [VariantID: VariantRecord],
    _ arrangement: inout Arrangement
  ) {
    var seen: Set<VariantID> = []
    for (index, draft) in drafts.enumerated() {
      guard let id = draft.id else { continue }
      if known[id] == nil {
        arrangement.refuse(
          "variants[\(index)].id", "no_such_variant", "This is no variant of this product.")
      } else if !seen.insert(id).inserted {
        arrangement.refuse("variants[\(index)].id", "same_variant", "This variant is there twice.")
      }
    }
  }
}
