/// A kind of goods: what one calls it, where it stands, what it may cost, how it is drawn.
struct Kind: Sendable {
  let noun: String
  /// The slug of its category.
  let category: String
  /// In hundredths of a dollar.
  let prices: ClosedRange<Int>
  let shape: Picture.Shape
  var sizes: [String] = []
  let materials: [String]

  init(
    _ noun: String, in category: String, _ prices: ClosedRange<Int>, _ shape: Picture.Shape,
    sizes: [String] = [], of materials: [String]
  ) {
    self.noun = noun
    self.category = category
    self.prices = prices
    self.shape = shape
    self.sizes = sizes
    self.materials = materials
  }

  static let letters = ["S", "M", "L", "XL"]
  static let shoes = ["37", "38", "39", "40", "41", "42", "43"]
}

extension Kind {
  static let clothing = [
    Kind("T-Shirt", in: "tops", 1500...4900, .shirt, sizes: letters, of: ["Cotton", "Linen"]),
    Kind("Shirt", in: "tops", 2900...8900, .shirt, sizes: letters, of: ["Cotton", "Flannel"]),
    Kind("Sweater", in: "knitwear", 4900...15900, .shirt, sizes: letters, of: ["Wool", "Alpaca"]),
    Kind("Cardigan", in: "knitwear", 5900...16900, .shirt, sizes: letters, of: ["Wool", "Cotton"]),
    Kind("Summer Dress", in: "dresses", 4900...12900, .dress, sizes: letters, of: ["Linen"]),
    Kind("Evening Dress", in: "dresses", 8900...34900, .dress, sizes: letters, of: ["Silk"]),
    Kind("Sneakers", in: "shoes", 5900...15900, .shoe, sizes: shoes, of: ["Canvas", "Leather"]),
    Kind("Ankle Boots", in: "shoes", 8900...24900, .shoe, sizes: shoes, of: ["Leather", "Suede"]),
    Kind("Tote Bag", in: "bags", 1900...12900, .bag, of: ["Canvas", "Leather"]),
    Kind("Weekend Bag", in: "bags", 6900...28900, .bag, of: ["Canvas", "Leather"]),
  ]

  static let electronics = [
    Kind("Headphones", in: "headphones", 2900...34900, .circle, of: ["Aluminium", "Plastic"]),
    Kind("Earbuds", in: "headphones", 1900...24900, .circle, of: ["Plastic"]),
    Kind("Bookshelf Speakers", in: "speakers", 9900...89900, .box, of: ["Walnut", "Oak"]),
    Kind("Portable Speaker", in: "speakers", 2900...19900, .box, of: ["Plastic", "Fabric"]),
    Kind("Mechanical Keyboard", in: "keyboards", 5900...24900, .box, of: ["Aluminium", "Plastic"]),
    Kind("Wireless Mouse", in: "mice", 1900...12900, .circle, of: ["Plastic"]),
    Kind("Desk Lamp", in: "lighting", 2900...18900, .lamp, of: ["Steel", "Brass"]),
    Kind("USB-C Charger", in: "power", 1500...8900, .box, of: ["Plastic"]),
    Kind("Power Bank", in: "power", 1900...9900, .box, of: ["Aluminium", "Plastic"]),
    Kind("Action Camera", in: "cameras", 9900...49900, .box, of: ["Magnesium"]),
  ]

  static let home = [
    Kind("Áo Thun", in: "tops", 700...2900, .shirt, sizes: letters, of: ["Cotton"]),
    Kind("Áo Dài", in: "dresses", 3900...19900, .dress, sizes: letters, of: ["Silk"]),
    Kind("Nón Lá", in: "hats", 500...1900, .lamp, of: ["Palm Leaf"]),
    Kind("Coffee Filter Phin", in: "kitchen", 400...1900, .cup, of: ["Steel", "Aluminium"]),
    Kind("Teapot", in: "kitchen", 1900...8900, .cup, of: ["Ceramic", "Cast Iron"]),
    Kind("Soup Bowl", in: "kitchen", 600...2900, .cup, of: ["Ceramic", "Bamboo"]),
    Kind("Lacquer Tray", in: "kitchen", 1500...6900, .box, of: ["Lacquer"]),
    Kind("Floor Lantern", in: "lighting", 2900...12900, .lamp, of: ["Silk", "Bamboo"]),
    Kind("Rattan Basket", in: "storage", 900...5900, .bag, of: ["Rattan", "Seagrass"]),
    Kind("Silk Cushion", in: "textiles", 1500...5900, .box, of: ["Silk"]),
  ]
}
