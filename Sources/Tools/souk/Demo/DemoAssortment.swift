import Catalog
import Core
import Gate
import JSON
import Middleware
import Postgres
import Promotions
import Shops

/// The shops of the demo, made through the domains as if a seller had worked all night: a tree of
/// categories, products with pictures and stock, and promotions.
struct DemoAssortment {
  let database: Database
  let gate: Gate
  let ids: IDSource
  let seller: UserID
  /// The folder of pictures, and the address under which nginx serves it.
  let media: String
  let mediaURL: String

  /// Makes the shops that are missing, each with everything in it or not at all.
  func plant() throws {
    let categories = try database.transaction { transaction in
      var known: [String: CategoryID] = [:]
      for branch in DemoCategory.tree {
        try plant(branch, below: nil, &known, in: transaction)
      }
      return known
    }
    try Files.makeDirectory("\(media)/goods")
    for shop in DemoShop.all where try !isThere(shop) {
      try draw(shop)
      try database.transaction { try plant(shop, categories, in: $0) }
    }
  }

  private var caller: Caller {
    Caller(
      user: seller, session: ids.id(SessionKind.self), roles: [.customer, .seller],
      issuedAt: ids.clock.now)
  }

  private var catalogue: Catalogue { Catalogue(ids: ids, trace: nil, requestID: "souk-up") }

  private func isThere(_ shop: DemoShop) throws -> Bool {
    let all = ShopFilter(owner: seller, text: nil, sort: .newest, isComplete: true)
    return try ShopDirectory.list(all, after: nil, limit: 100, in: database)
      .contains { $0.shop.name == shop.name }
  }

  private func plant(
    _ branch: DemoCategory, below parent: CategoryID?, _ known: inout [String: CategoryID],
    in transaction: Transaction
  ) throws {
    let details = CategoryDetails(
      parent: parent, name: branch.name, slug: branch.slug, description: nil,
      position: known.count)
    let category =
      try CategoryStore.find(.slug(branch.slug), in: transaction)
      ?? catalogue.createCategory(details, in: transaction)
    known[branch.slug] = category.id
    for child in branch.children {
      try plant(child, below: category.id, &known, in: transaction)
    }
  }

  private func plant(
    _ shop: DemoShop, _ categories: [String: CategoryID], in transaction: Transaction
  ) throws {
    let keeping = Shopkeeping(ids: ids, gate: gate, trace: nil, requestID: "souk-up")
    let currency = Currency(rawValue: shop.currency) ?? .none
    let opened = try keeping.openShop(
      ShopDetails(
        name: shop.name, currency: currency, description: shop.description, avatarUrl: nil,
        bannerUrl: nil, phone: nil, email: DemoAccount.seller.email),
      of: seller, in: transaction)
    let drafts = shop.articles.map { article in
      draft(article, shop, opened.id, categories[article.kind.category])
    }
    _ = try catalogue.createProducts(drafts, isBulk: true, by: caller, in: transaction)
    for promotion in promotions(of: shop, categories) {
      _ = try Campaigns(ids: ids).create(
        promotion, in: opened.id, by: ShopManager(seller), in: transaction)
    }
  }

  private func draft(
    _ article: Article, _ shop: DemoShop, _ id: ShopID, _ category: CategoryID?
  ) -> ProductDraft {
    let price = Money(shop.price(article), Currency(rawValue: shop.currency) ?? .none)
    let sizes = article.kind.sizes
    let variants =
      sizes.isEmpty
      ? [VariantDraft(stock: article.stock)]
      : sizes.enumerated().map { index, size in
        VariantDraft(options: ["Size": size], stock: (article.stock + 7 * index) % 40)
      }
    return ProductDraft(
      shop: id, name: article.name, description: article.description, category: category,
      price: price, images: ["\(mediaURL)/goods/\(article.number).svg"],
      attributes: [
        "Brand": .string(article.brand), "Color": .string(article.color.name),
        "Material": .string(article.material),
      ],
      options: sizes.isEmpty ? [] : [ProductOption(name: "Size", values: sizes)],
      variants: variants, status: .active)
  }

  private func draw(_ shop: DemoShop) throws {
    for article in shop.articles {
      try Files.write(Array(article.picture.svg.utf8), to: "\(media)/goods/\(article.number).svg")
    }
  }

  // MARK: Promotions

  /// One of each sort: by itself and by code, a share and an amount, with a cap and with a limit.
  private func promotions(of shop: DemoShop, _ categories: [String: CategoryID])
    -> [PromotionDraft]
  {
    switch shop.name {
    case "Linden & Loom":
      [
        promotion("Ten percent off dresses", .share(10), in: categories["dresses"]),
        promotion("Welcome", .value(500), code: "WELCOME5", minimum: 3000, perCustomer: 1),
      ]
    case "Brightwire":
      [
        promotion("Sound week", .share(15), in: categories["audio"], atMost: 4000),
        promotion("The first hundred", .share(20), code: "FIRST100", limit: 100),
      ]
    default:
      [promotion("Tết", .value(50_000), code: "TET", minimum: 300_000)]
    }
  }

  private func promotion(
    _ name: String, _ discount: Promotion.Discount, code: String? = nil,
    in category: CategoryID? = nil, atMost: Int? = nil, minimum: Int? = nil,
    perCustomer: Int? = nil, limit: Int? = nil
  ) -> PromotionDraft {
    let now = ids.clock.now
    return PromotionDraft(
      name: name, discount: discount, maxDiscount: atMost.map { .init($0) },
      minimum: minimum.map { .init($0) }, code: code, startsAt: now, endsAt: now + .days(365),
      perCustomerLimit: perCustomer, totalLimit: limit, priority: 0, stacks: true,
      scope: Promotion.Scope(categories: Set([category].compactMap { $0 })), status: .active)
  }
}

extension Promotion.Discount {
  /// So many percent; nothing where that is no share.
  fileprivate static func share(_ percent: Int) -> Promotion.Discount {
    Percent(hundredths: percent * 100).map { .percentage($0) } ?? .value(0)
  }
}
