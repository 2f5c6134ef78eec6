import Cart
import Core
import Promotions

/// What is different from when a line was put in.
enum CartChange: Encodable {
  case price(before: Money, after: Money)
  case name(before: String, after: String)

  static func all(of line: CartLine) -> [CartChange] {
    var changes: [CartChange] = []
    if line.added.price != line.now.price {
      changes.append(.price(before: line.added.price, after: line.now.price))
    }
    if line.added.name != line.now.name {
      changes.append(.name(before: line.added.name, after: line.now.name))
    }
    return changes
  }

  private enum CodingKeys: String, CodingKey {
    case code, before, after
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .price(let before, let after):
      try container.encode("price_changed", forKey: .code)
      try container.encode(before, forKey: .before)
      try container.encode(after, forKey: .after)
    case .name(let before, let after):
      try container.encode("name_changed", forKey: .code)
      try container.encode(before, forKey: .before)
      try container.encode(after, forKey: .after)
    }
  }
}

/// What stands in the way of checkout.
struct CartProblem: Encodable {
  let code: String
  let itemId: CartItemID?
  let message: String

  static func all(of cart: PricedCart) -> [CartProblem] {
    let ofLines = cart.contents.lines.compactMap(Self.problem)
    guard cart.quote.isMixed else { return ofLines }
    let currencies = cart.quote.totals.map(\.subtotal.currency.rawValue).joined(separator: ", ")
    return ofLines + [
      CartProblem(
        code: "mixed_currencies", itemId: nil,
        message: "An order is in one currency. Here are \(currencies): check out one at a time.")
    ]
  }

  private static func problem(of line: CartLine) -> CartProblem? {
    let name = line.now.name
    if !line.isForSale {
      return CartProblem(
        code: "not_for_sale", itemId: line.id, message: "\(name) is not for sale any more.")
    }
    if line.available <= 0 {
      return CartProblem(code: "out_of_stock", itemId: line.id, message: "\(name) is sold out.")
    }
    guard line.available < line.quantity else { return nil }
    return CartProblem(
      code: "insufficient_stock", itemId: line.id,
      message: "Of \(name) there are only \(line.available) left.")
  }
}
