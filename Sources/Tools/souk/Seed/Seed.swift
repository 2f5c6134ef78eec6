import Core
import Postgres

/// A large made-up catalogue: every row follows from its number.
struct Seed {
  struct Shop {
    let id: ShopID
    let name: String
    let slug: String
    let owner: UserID
    let createdAt: Timestamp
  }

  let shops: [Shop]
  private let seller: UserID
  private let products: Int
  private let categories: [String: CategoryID]
  private let first: Int
  private let now = Clock.system.now
  private let salt = Randomness.system.word()

  private static let kinds = Kind.clothing + Kind.electronics + Kind.home

  /// `first` is the highest number of a product so far: the new ones are others.
  init(
    seller: UserID, products: Int, shops: Int, categories: [String: CategoryID], first: Int
  ) {
    self.seller = seller
    self.products = products
    self.categories = categories
    self.first = first
    let ids = IDSource()
    let created = now
    self.shops = (1...shops).map { number in
      let id = ids.id(ShopKind.self)
      return Shop(
        id: id, name: "Warehouse \(number)", slug: "warehouse-\(id.description.suffix(12))",
        owner: seller, createdAt: created)
    }
  }

  func write(_ index: Int, to table: SeedTable, _ rows: inout CopyRows) {
    let article = Article(first + index + 1000, of: Self.kinds)
    switch table {
    case .products: writeProduct(index, article, &rows)
    case .slugs: rows.add(row: [slug(index), product(index), created(index)])
    case .variants:
      rows.add(row: [
        variant(index), product(index), shop(index), "S\(first + index)", "\(article.price)", "0",
        created(index), created(index),
      ])
    case .prices:
      rows.add(row: [
        product(index), variant(index), "\(article.price)", "USD", seller.uuid.description,
        created(index),
      ])
    case .stock:
      rows.add(row: [variant(index), product(index), shop(index), "\(article.stock)"])
    case .stockCounts: rows.add(row: [product(index), article.stock > 0 ? "1" : "0"])
    case .movements:
      rows.add(row: [
        variant(index), product(index), "opening", "0", "\(article.stock)", "0", "0", "seed",
        seller.uuid.description, created(index),
      ])
    }
  }

  private func writeProduct(_ index: Int, _ article: Article, _ rows: inout CopyRows) {
    rows.add(row: [
      product(index), shop(index), categories[article.kind.category]?.uuid.description,
      article.name, slug(index), article.description, "{/media/goods/\(article.number % 80).svg}",
      """
      {"Brand": "\(article.brand)", "Color": "\(article.color.name)", \
      "Material": "\(article.material)"}
      """,
      "\(article.price)", "USD", article.stock > 0 ? "t" : "f", "\(article.price % 977)",
      "active", seller.uuid.description, created(index), created(index),
    ])
  }

  private func shop(_ index: Int) -> String { shops[index % shops.count].id.uuid.description }
  private func slug(_ index: Int) -> String { "seed-\(first + index)-\(salt % 1_000_000)" }
  private func product(_ index: Int) -> String { id(index, 0) }
  private func variant(_ index: Int) -> String { id(index, 1) }
  private func created(_ index: Int) -> String { moment(index).description }

  /// One a second, the last of them now.
  private func moment(_ index: Int) -> Timestamp { now - .seconds(Int64(products - index)) }

  /// In the order of creation, as ids of version 7 are.
  private func id(_ index: Int, _ use: UInt64) -> String {
    let mixed = (salt ^ UInt64(index) &* 0x9E37_79B9_7F4A_7C15) &+ use
    return UUID(
      high: UInt64(moment(index).milliseconds) << 16 | 0x7000 | UInt64(index & 0xFFF),
      low: 0x8000_0000_0000_0000 | mixed >> 2
    ).description
  }
}

extension CopyRows {
  fileprivate mutating func add(row: [String?]) {
    for value in row {
      if let value { add(value) } else { addNull() }
    }
    endRow()
  }
}
