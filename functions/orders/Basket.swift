import Core
import HTTP
import JSON
import Middleware
import Orders
import Payments
import Postgres
import Promotions

/// Goods somebody wants to order, with everything that is needed to price them.
struct Basket {
  private let source: DraftDirectory.Source
  private let lines: [DraftLine]
  private let givenCodes: [String]
  private let codes: [String]
  private let candidates: [PromotionDirectory.Candidate]
  private let address: String?
  private let number: Int
  private let now: Timestamp
  /// Of the saved method that is named, if it is theirs.
  let methodProviders: [ProviderName]

  /// One round trip, however large it is. Throws `emptyCart`.
  static func read(
    _ source: DraftDirectory.Source, for body: PlaceOrderRequest, of customer: UserID,
    at now: Timestamp, in database: some Querying
  ) throws -> Basket {
    let codes = body.codes
    let (numbered, cartCodes, candidates, addresses, methodProviders) = try database.read(
      DraftDirectory.lines(source), DraftDirectory.cartCodes(source),
      PromotionDirectory.candidates(
        in: DraftDirectory.shopIDs(source),
        withCodes: DraftDirectory.codeKeys(source, and: codes), for: customer, at: now),
      DraftDirectory.address(body.addressID?.uuid, of: customer),
      MethodDirectory.provider(of: body.savedMethod, for: customer))
    guard let number = numbered.first?.number else { throw OrderError.emptyCart }
    return Basket(
      source: source, lines: numbered.map(\.line), givenCodes: codes, codes: codes + cartCodes,
      candidates: candidates, address: addresses.first, number: number, now: now,
      methodProviders: methodProviders)
  }

  /// Prices, discounts and totals are computed here, by the function that prices carts. Throws
  /// what stands in the way.
  func draft(_ id: OrderID, for customer: UserID, _ body: PlaceOrderRequest) throws -> OrderDraft {
    let goods = try checkedGoods()
    let quote = quote(goods)
    guard !quote.isMixed, let totals = quote.totals.first else { throw OrderError.mixedCurrencies }
    try refuseUselessCodes(quote)
    let shipping = Money(0, totals.subtotal.currency)
    try check(body.expectedTotal, against: totals.total + shipping)
    return OrderDraft(
      id: id, number: number, customer: customer,
      lines: goods.map { line, goods in
        OrderDraft.Line(
          goods: goods, quantity: line.quantity,
          discount: quote.lines[goods.variant]?.discount.amount ?? 0)
      },
      subtotal: totals.subtotal, discount: totals.discount, shipping: shipping,
      address: try chosenAddress(body), payment: body.payment,
      promotions: quote.verdicts.filter(\.isApplied).map { verdict in
        AppliedPromotion(
          id: verdict.promotion.id.description, code: verdict.promotion.code,
          name: verdict.promotion.name,
          amount: Money(verdict.discount, totals.subtotal.currency))
      },
      isFromCart: body.items == nil)
  }

  private func quote(_ goods: [(line: DraftLine, goods: DraftLine.Goods)]) -> Quote {
    let uses = candidates.map { ($0.promotion.id, $0.usedByCustomer) }
    return Pricing.quote(
      goods.map { line, goods in
        Pricing.Line(
          key: goods.variant, shop: goods.shop, product: goods.product,
          categories: goods.categories, unitPrice: goods.price, quantity: line.quantity)
      }, candidates.map(\.promotion),
      on: .init(moment: now, codes: codes, uses: Dictionary(uniqueKeysWithValues: uses)))
  }

  /// What is wrong with the request is told of all lines at once.
  private func checkedGoods() throws -> [(line: DraftLine, goods: DraftLine.Goods)] {
    var checked: [(line: DraftLine, goods: DraftLine.Goods)] = []
    var faults: [OrderError] = []
    var seen = Set<VariantID>()
    for line in lines {
      do throws(OrderError) {
        let goods = try line.check(named: source)
        if !seen.insert(goods.variant).inserted {
          faults.append(.namedTwice(field: "items[\(line.place - 1)]"))
        }
        checked.append((line, goods))
      } catch {
        faults.append(error)
      }
    }
    try Self.refuse(faults)
    return checked
  }

  /// A code the customer gave with the order has to do something. One that lies in the cart may
  /// have lost its effect since: what the order costs then is what `expected_total` is for.
  private func refuseUselessCodes(_ quote: Quote) throws {
    let faults = givenCodes.enumerated().compactMap { place, code -> OrderError? in
      let verdicts = quote.verdicts.filter {
        $0.promotion.code?.lowercased() == code.lowercased()
      }
      guard !verdicts.contains(where: \.isApplied) else { return nil }
      let reason = verdicts.first?.reason
      return .codeRefused(
        field: "promotion_codes[\(place)]", reason: reason?.rawValue ?? "unknown_code",
        message: reason?.sentence ?? "No shop here knows this code.")
    }
    try Self.refuse(faults)
  }

  /// All faults of the request; where there are none, what else stands in the way.
  private static func refuse(_ faults: [OrderError]) throws {
    let violations = faults.compactMap { fault -> Problem.Violation? in
      guard case .invalid(let field) = fault.kind else { return nil }
      return Problem.Violation(field: field, code: fault.slug, message: fault.message)
    }
    guard violations.isEmpty else { throw Problem.invalid(violations) }
    if let first = faults.first { throw first }
  }

  private func check(_ expected: Money?, against total: Money) throws {
    guard let expected else { return }
    guard expected.currency == total.currency else {
      throw OrderError.wrongCurrency(field: "expected_total.currency")
    }
    guard expected == total else {
      throw OrderError.totalChanged(expected: expected.amount, total: total.amount)
    }
  }

  private func chosenAddress(_ body: PlaceOrderRequest) throws -> String {
    if let given = body.address {
      return String(decoding: try JSONOutput.encode(given), as: UTF8.self)
    }
    guard let address else { throw OrderError.noSuchAddress }
    return address
  }
}
