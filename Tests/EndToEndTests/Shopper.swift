import Core
import HTTPClient
import JSON
import Synchronization

/// Who else has to do with an order.
struct Staff: Sendable {
  let seller: Caller
  let shipper: Caller
  let admin: Caller
}

/// What there is to buy, and what the first of it costs.
struct Stall: Sendable {
  let goods: [String]
  let code: String
  let currency: String
  let price: Int64

  func money(_ amount: Int64) -> JSONValue {
    ["amount": .integer(amount), "currency": .string(currency)]
  }
}

/// Somebody who shops without pause, with all that becomes of an order, and keeps what they were
/// promised. One thread shops; it is asked for its promises after that has ended.
final class Shopper: Sendable {
  private let caller: Caller
  private let staff: Staff
  private let stall: Stall
  private let kept = Mutex<[Promise]>([])

  init(_ caller: Caller, _ staff: Staff, _ stall: Stall) {
    self.caller = caller
    self.staff = staff
    self.stall = stall
  }

  var promises: [Promise] { kept.withLock { $0 } }

  func shop(until over: Flag) {
    let client = HTTPClient(timeout: .seconds(15))
    while !over.isRaised {
      look(around: client)
      let order =
        switch Int.random(in: 0..<6) {
        case 0, 1: buyCart(client)
        case 2: buyFromWallet(client)
        default: buy(Self.payment(), client)
        }
      if let order { follow(order, client) }
    }
  }

  private func keep(_ promise: Promise) { kept.withLock { $0.append(promise) } }

  /// What everybody does between two orders. Nobody is promised anything by it.
  private func look(around client: HTTPClient) {
    let paths = ["/products?limit=5", "/notifications", "/orders?limit=5", "/wallet", "/cart"]
    _ = caller.send("GET", paths.randomElement() ?? "/cart", over: client)
    _ = caller.send(
      "POST", "/inventory/check-availability", ["items": [item()]], over: client)
  }

  // MARK: Buying

  private static let home: JSONValue = [
    "recipient": "Ana", "phone": "+84 90 123 4567", "street": "12 Hang Bac", "city": "Ha Noi",
    "country": "VN",
  ]

  private static func payment() -> JSONValue {
    let methods = ["approve", "approve", "decline", "slow", "twice", "early"]
    if Int.random(in: 0..<6) == 0 { return ["provider": "cod"] }
    return ["provider": "sandbox", "method": .string(methods.randomElement() ?? "approve")]
  }

  private func item() -> JSONValue {
    ["variant_id": .string(stall.goods.randomElement() ?? ""), "quantity": 1]
  }

  private func buy(_ payment: JSONValue, _ client: HTTPClient) -> String? {
    place(["items": [item()], "address": Self.home, "payment": payment], client)
  }

  /// Put in, changed, with a promotion, and bought as it is then.
  private func buyCart(_ client: HTTPClient) -> String? {
    let item = item()
    guard caller.agree("DELETE", "/cart", nil, over: client) != nil,
      caller.agree("POST", "/cart/items", item, over: client) != nil
    else { return nil }
    let variant = item["variant_id"].string ?? ""
    _ = caller.insist("PUT", "/cart/items/\(variant)", ["quantity": 2], over: client)
    _ = caller.insist("POST", "/cart/promotions", ["code": .string(stall.code)], over: client)
    return place(["address": Self.home, "payment": Self.payment()], client)
  }

  /// Also when there is not enough in it.
  private func buyFromWallet(_ client: HTTPClient) -> String? {
    let topUp: JSONValue = [
      "amount": stall.money(stall.price), "provider": "sandbox", "method": "approve",
    ]
    let paid = caller.agree("POST", "/wallet/topups", topUp, over: client)
    if let payment = paid?["id"]?.string { keep(.topUp(payment: payment)) }
    return buy(["provider": "wallet"], client)
  }

  private func place(_ order: JSONValue, _ client: HTTPClient) -> String? {
    caller.agree("POST", "/orders", order, over: client)?["id"]?.string
  }

  // MARK: What becomes of it

  private func follow(_ order: String, _ client: HTTPClient) {
    let fate = Int.random(in: 0..<8)
    if fate == 0, cancel(order, client) { return keep(.order(order, isCancelled: true)) }
    var read = settled(order, client)
    let isPaidAgain = read?["status"]?.string == "payment_failed" && payAgain(order, client)
    if isPaidAgain { read = settled(order, client) }
    let isConfirmed = ["paid", "processing"].contains(read?["status"]?.string ?? "")
    guard isConfirmed, let parcel = read?["parcels"]?[0]["id"].string else {
      return keep(.order(order, isCancelled: false, isPaidAgain: isPaidAgain))
    }
    if fate == 1, cancel(order, client) { return keep(.order(order, isCancelled: true)) }
    keep(.order(order, isCancelled: false, isPaidAgain: isPaidAgain))
    switch fate {
    case 2: refund(read?["payment"]?["id"].string, client)
    case 3: ship(parcel, of: order, client)
    case 4: carry(parcel, of: order, client)
    case 5, 6: if ship(parcel, of: order, client) { giveBack(order, client) }
    default: break
    }
  }

  /// The order once something has become of it, or as it is after a while.
  private func settled(_ order: String, _ client: HTTPClient) -> JSONValue? {
    var read: JSONValue?
    for _ in 0..<20 {
      read = caller.send("GET", "/orders/\(order)", over: client)?.json["data"]
      if let status = read?["status"]?.string, !["pending", "awaiting_payment"].contains(status) {
        return read
      }
      Clock.pause(.milliseconds(100))
    }
    return read
  }

  private func cancel(_ order: String, _ client: HTTPClient) -> Bool {
    caller.agree("POST", "/orders/\(order)/cancel", [:], over: client) != nil
  }

  private func payAgain(_ order: String, _ client: HTTPClient) -> Bool {
    let payment: JSONValue = [
      "order_id": .string(order), "provider": "sandbox", "method": "approve",
    ]
    return caller.agree("POST", "/payments/initiate", payment, over: client) != nil
  }

  private func refund(_ payment: String?, _ client: HTTPClient) {
    guard let payment else { return }
    let wish: JSONValue = ["reason": "A scratch.", "amount": stall.money(1)]
    let by = Bool.random() ? staff.admin : staff.seller
    let made = by.agree("POST", "/payments/\(payment)/refunds", wish, over: client)
    if let id = made?["id"]?.string { keep(.refund(id, of: payment)) }
  }

  /// By the shop's own carrier. True when it is delivered.
  @discardableResult
  private func ship(_ parcel: String, of order: String, _ client: HTTPClient) -> Bool {
    for status in ["shipped", "delivered"] {
      let change: JSONValue = ["status": .string(status)]
      guard staff.seller.agree("PUT", "/parcels/\(parcel)", change, over: client) != nil else {
        return false
      }
      let states: Set = status == "shipped" ? ["shipped", "delivered"] : ["delivered"]
      keep(.parcel(parcel, of: order, states: states))
    }
    return true
  }

  private func carry(_ parcel: String, of order: String, _ client: HTTPClient) {
    let packed = staff.seller.agree(
      "PUT", "/parcels/\(parcel)", ["status": "packed"], over: client)
    guard packed != nil else { return }
    for (verb, states) in [
      ("claim", ["packed", "shipped", "delivered"]), ("pickup", ["shipped", "delivered"]),
      ("deliver", ["delivered"]),
    ] {
      let path = "/deliveries/\(parcel)/\(verb)"
      guard staff.shipper.agree("POST", path, [:], over: client) != nil else { return }
      keep(.parcel(parcel, of: order, states: Set(states)))
    }
  }

  private func giveBack(_ order: String, _ client: HTTPClient) {
    let asked = caller.agree(
      "POST", "/orders/\(order)/returns", ["reason": "Too small."], over: client)
    guard let id = asked?["id"]?.string else { return }
    // Whether a change was made before its answer was lost, nobody has said.
    keep(.giveBack(id, states: ["requested", "approved", "received", "refunded"]))
    let changes: [(JSONValue, Set<String>)] = [
      (["status": "approved"], ["approved", "received", "refunded"]),
      (["status": "received", "restock": true], ["refunded"]),
    ]
    for (change, states) in changes {
      guard staff.seller.agree("PUT", "/returns/\(id)", change, over: client) != nil else {
        return
      }
      keep(.giveBack(id, states: states))
    }
  }
}
