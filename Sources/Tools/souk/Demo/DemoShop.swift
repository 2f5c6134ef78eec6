/// The shops of the demo and what each sells.
struct DemoShop: Sendable {
  let name: String
  let description: String
  let currency: String
  let kinds: [Kind]
  let productCount: Int
  /// The number of its first article.
  let firstArticle: Int

  static let all = [
    DemoShop(
      name: "Linden & Loom", description: "Clothes and bags of natural fabrics.", currency: "USD",
      kinds: Kind.clothing, productCount: 80, firstArticle: 0),
    DemoShop(
      name: "Brightwire", description: "Sound, light and everything on a desk.", currency: "USD",
      kinds: Kind.electronics, productCount: 70, firstArticle: 100),
    DemoShop(
      name: "Nhà Tre", description: "Things for the home, from Huế and Hội An.", currency: "VND",
      kinds: Kind.home, productCount: 50, firstArticle: 200),
  ]

  var articles: [Article] {
    (firstArticle..<firstArticle + productCount).map { Article($0, of: kinds) }
  }

  /// An article's price in the shop's own money: dong has no hundredths, and is rounded to
  /// thousands.
  func price(_ article: Article) -> Int {
    currency == "VND" ? article.price * 250 / 1000 * 1000 : article.price
  }
}

/// One branch of the demo's tree of categories.
struct DemoCategory: Sendable {
  let name: String
  let slug: String
  let children: [DemoCategory]

  init(_ name: String, _ slug: String, _ children: [DemoCategory] = []) {
    self.name = name
    self.slug = slug
    self.children = children
  }

  static let tree = [
    DemoCategory(
      "Clothing", "clothing",
      [
        DemoCategory("Tops", "tops"), DemoCategory("Knitwear", "knitwear"),
        DemoCategory("Dresses", "dresses"), DemoCategory("Hats", "hats"),
        DemoCategory("Shoes", "shoes"), DemoCategory("Bags", "bags"),
      ]),
    DemoCategory(
      "Electronics", "electronics",
      [
        DemoCategory(
          "Audio", "audio",
          [DemoCategory("Headphones", "headphones"), DemoCategory("Speakers", "speakers")]),
        DemoCategory(
          "Desk", "desk", [DemoCategory("Keyboards", "keyboards"), DemoCategory("Mice", "mice")]),
        DemoCategory("Power", "power"), DemoCategory("Cameras", "cameras"),
      ]),
    DemoCategory(
      "Home", "home",
      [
        DemoCategory("Kitchen", "kitchen"), DemoCategory("Lighting", "lighting"),
        DemoCategory("Storage", "storage"), DemoCategory("Textiles", "textiles"),
      ]),
  ]
}
