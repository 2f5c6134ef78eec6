import Cart
import Core
import Postgres
import Promotions

/// A cart with what it costs now: the goods and their stock, the promotions, and one pricing
/// function that an order uses too.
struct PricedCart {
  let contents: CartContents
  let quote: Quote

  /// One round trip, however large the cart is.
  static func read(_ owner: CartOwner, at now: Timestamp, in database: some Querying) throws
    -> PricedCart
  {
    let (_, carts, lines, codes, candidates) = try database.read(
      CartStore.prolong(owner, at: now), CartStore.find(owner, at: now),
      CartStore.lines(of: owner, at: now), CartStore.codes(of: owner, at: now),
      PromotionDirectory.candidates(
        in: CartStore.shopIDs(of: owner, at: now),
        withCodes: CartStore.codeKeys(of: owner, at: now),
        for: owner.user, at: now))
    let contents = CartContents(carts, lines: lines, codes: codes)
    let uses = candidates.map { ($0.promotion.id, $0.usedByCustomer) }
    let quote = Pricing.quote(
      // What is not for sale any more costs nothing, for nobody can buy it.
      lines.filter(\.isForSale).map(Pricing.Line.init), candidates.map(\.promotion),
      on: .init(moment: now, codes: codes, uses: Dictionary(uniqueKeysWithValues: uses)))
    return PricedCart(contents: contents, quote: quote)
  }

  /// How the promotions with this code fared. Empty when no shop in the cart knows it.
  func verdicts(of code: String) -> [Quote.Verdict] {
    quote.verdicts.filter { $0.promotion.code?.lowercased() == code.lowercased() }
  }
}

extension Pricing.Line {
  fileprivate init(_ line: CartLine) {
    self.init(
      key: line.variant, shop: line.shop, product: line.product,
      categories: line.category.map { [$0] } ?? [], unitPrice: line.now.price,
      quantity: line.quantity)
  }
}
