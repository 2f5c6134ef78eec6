package import Core
internal import Postgres

package enum PromotionKind: IDKind {
  package static let prefix = "prm"
}

package typealias PromotionID = ID<PromotionKind>

/// What a shop takes off its prices, and when, and for whom.
package struct Promotion: Hashable, Sendable {
  package let id: PromotionID
  package let shop: ShopID
  package var name: String
  package var discount: Discount
  /// In minor units of the shop's currency, as all amounts here.
  package var maxDiscount: Int?
  /// What the lines it is for must come to, before any discount.
  package var minimum: Int?
  /// None: it applies by itself.
  package var code: String?
  package var startsAt: Timestamp
  package var endsAt: Timestamp
  package var perCustomerLimit: Int?
  package var totalLimit: Int?
  package let used: Int
  /// The higher is tried first.
  package var priority: Int
  package var stacks: Bool
  package var scope: Scope
  package var status: Status
  package let version: Int

  package enum Discount: Hashable, Sendable {
    case percentage(Percent)
    case value(Int)
  }

  /// Products and categories with all below them. Empty means the whole shop.
  package struct Scope: Hashable, Sendable {
    package let products: Set<ProductID>
    package let categories: Set<CategoryID>

    package static let itemsMax = 200

    package init(products: Set<ProductID> = [], categories: Set<CategoryID> = []) {
      self.products = products
      self.categories = categories
    }

    /// `categories` are those a product stands in: its own suffices where the scope's own come
    /// with all below them, as `PromotionDirectory.candidates` gives them.
    func holds(_ product: ProductID, in categories: [CategoryID]) -> Bool {
      if products.isEmpty, self.categories.isEmpty { return true }
      return products.contains(product) || !self.categories.isDisjoint(with: categories)
    }
  }

  package enum Status: String, Sendable, CaseIterable, Encodable, Bindable, Column {
    case draft, active, paused, ended

    /// Ended is for good, and what was once shown does not become a draft again.
    package func mayBecome(_ next: Status) -> Bool {
      switch (self, next) {
      case (.ended, _): next == .ended
      case (.active, .draft), (.paused, .draft): false
      default: true
      }
    }
  }

  package init(
    id: PromotionID, shop: ShopID, name: String, discount: Discount, maxDiscount: Int? = nil,
    minimum: Int? = nil, code: String? = nil, startsAt: Timestamp, endsAt: Timestamp,
    perCustomerLimit: Int? = nil, totalLimit: Int? = nil, used: Int = 0, priority: Int = 0,
    stacks: Bool = false, scope: Scope = Scope(), status: Status = .active, version: Int = 1
  ) {
    self.id = id
    self.shop = shop
    self.name = name
    self.discount = discount
    self.maxDiscount = maxDiscount
    self.minimum = minimum
    self.code = code
    self.startsAt = startsAt
    self.endsAt = endsAt
    self.perCustomerLimit = perCustomerLimit
    self.totalLimit = totalLimit
    self.used = used
    self.priority = priority
    self.stacks = stacks
    self.scope = scope
    self.status = status
    self.version = version
  }
}

/// Hundredths of a percent: 12.5 % are 1250. Never a fraction.
package struct Percent: Hashable, Sendable {
  package let hundredths: Int

  /// Nil unless it is more than nothing and at most everything.
  package init?(hundredths: Int) {
    guard (1...10_000).contains(hundredths) else { return nil }
    self.hundredths = hundredths
  }

  /// Of an amount, rounded to a whole minor unit, half of one upwards.
  func of(_ amount: Int) -> Int {
    Int((Int128(amount) * Int128(hundredths) * 2 + 10_000) / 20_000)
  }
}
