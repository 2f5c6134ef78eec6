/// An article of the demo or of a large made-up catalogue. Its number decides everything, so that
/// the same number is the same article on every machine.
struct Article: Sendable {
  let number: Int
  let kind: Kind
  let name: String
  let description: String
  /// In hundredths of a dollar.
  let price: Int
  let color: Picture.Color
  let material: String
  let brand: String
  let stock: Int

  var picture: Picture { Picture(shape: kind.shape, color: color, shade: number) }

  init(_ number: Int, of kinds: [Kind]) {
    var dice = Dice(seed: UInt64(number))
    // Each kind in turn, so that a small catalogue has some of everything.
    let kind = kinds[number % kinds.count]
    self.number = number
    self.kind = kind
    color = dice.pick(Picture.Color.allCases)
    material = dice.pick(kind.materials)
    brand = dice.pick(Self.brands)
    let quality = dice.pick(Self.qualities)
    let mark = number < Self.unmarkedMax ? "" : " \(dice.roll(2...999))"
    name = "\(brand) \(quality) \(kind.noun)\(mark)"
    description = dice.pick(Self.sentences)
      .replacing("{noun}", with: kind.noun.lowercased())
      .replacing("{material}", with: material.lowercased())
      .replacing("{color}", with: color.rawValue)
    // Prices end in 0, 50 or 90, as prices do.
    price = dice.roll(kind.prices) / 100 * 100 + dice.pick([0, 50, 90])
    stock = dice.roll(0...9) == 0 ? 0 : dice.roll(1...120)
  }

  /// Beyond it the names would repeat too often without a number of their own.
  private static let unmarkedMax = 2000

  private static let brands = [
    "Solena", "Marlow", "Northfold", "Tidewater", "Kestrel", "Halden", "Ostara", "Pinecrest",
    "Lumen", "Verity", "Hoa Sen", "Sông Hương", "Mộc", "Brightwire", "Arden", "Calder", "Fenwick",
    "Juniper", "Larkspur", "Meridian", "Nimbus", "Orchard", "Quill", "Rowan", "Sable",
  ]

  private static let qualities = [
    "Classic", "Everyday", "Studio", "Heritage", "Light", "Premium", "Compact", "Organic", "Urban",
    "Coastal", "Alpine", "Minimal", "Original", "Travel", "Signature", "Essential", "Vintage",
    "Modern", "Handmade", "Seasonal",
  ]

  private static let sentences = [
    "A {noun} in {color}, made of {material}. It is meant to be used every day, and to last.",
    "Our best-known {noun}: {material}, in {color}, checked by hand before it leaves the house.",
    "This {noun} of {material} comes in {color}. Small batches, plain packaging, no plastic.",
    "The {noun} that started it all, now in {color}. {material}, repaired for free for two years.",
  ]
}

/// Chance that repeats itself (SplitMix64).
struct Dice {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 }

  mutating func roll(_ range: ClosedRange<Int>) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    word ^= word >> 31
    return range.lowerBound + Int(word % UInt64(range.count))
  }

  mutating func pick<Value>(_ values: [Value]) -> Value { values[roll(0...values.count - 1)] }
}
