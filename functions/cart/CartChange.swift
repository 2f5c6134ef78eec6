import Cart
import Core
import JSON
import Promotions

/// What is different from when a line was put in.
enum CartChange {
  static func write(_ line: CartLine, to json: inout JSONWriter) {
    json.beginArray()
    if line.added.price != line.now.price {
      write("price_changed", line.added.price, line.now.price, to: &json) { $0.money($1) }
    }
    if line.added.name != line.now.name {
      write("name_changed", line.added.name, line.now.name, to: &json) { $0.string($1) }
    }
    json.endArray()
  }

  private static func write<Value>(
    _ code: String, _ before: Value, _ after: Value, to json: inout JSONWriter,
    _ write: (inout JSONWriter, Value) -> Void
  ) {
    json.beginObject()
    json.key("code")
    json.string(code)
    json.key("before")
    write(&json, before)
    json.key("after")
    write(&json, after)
    json.endObject()
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
