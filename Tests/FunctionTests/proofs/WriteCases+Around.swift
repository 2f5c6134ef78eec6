import Core
import JSON
import KitTesting
import Postgres
import Promotions
import Saga
import Testing

/// What operators decide, and what comes before an order.
extension WriteCase {
  static let deciding = [
    WriteCase("retry_saga", "SELECT count(*) FROM saga.decisions WHERE verb = 'retry'") {
      scene in try scene.decision("retry")
    },
    WriteCase(
      "compensate_saga", "SELECT count(*) FROM orders.orders WHERE status = 'cancelled'"
    ) { scene in try scene.decision("compensate") },
    WriteCase("skip_saga_step", "SELECT count(*) FROM saga.decisions WHERE verb = 'skip'") {
      scene in try scene.decision("skip")
    },
    WriteCase(
      "replay_dead_letter",
      "SELECT count(*) FROM outbox.dead_letters WHERE settled_as = 'replayed'"
    ) { scene in
      let (admin, letter) = try scene.deadLetter()
      return WriteRequest(
        "ops", "POST", "/admin/dead-letters/\(letter)/replay", as: admin, ["reason": "mended"])
    },
    WriteCase(
      "drop_dead_letter", "SELECT count(*) FROM outbox.dead_letters WHERE settled_as = 'dropped'"
    ) { scene in
      let (admin, letter) = try scene.deadLetter()
      return WriteRequest(
        "ops", "DELETE", "/admin/dead-letters/\(letter)?reason=useless", as: admin, nil)
    },
  ]

  static let buying = [
    WriteCase("add_cart_item", "SELECT COALESCE(sum(quantity), 0) FROM cart.items") { scene in
      WriteRequest("cart", "POST", "/cart/items", as: try scene.bazaar.visitor(), scene.wish())
    },
    WriteCase("update_cart_item", "SELECT count(*) FROM cart.items WHERE quantity = 2") { scene in
      let (visitor, item) = try scene.filledCart()
      return WriteRequest("cart", "PUT", "/cart/items/\(item)", as: visitor, ["quantity": 2])
    },
    WriteCase("remove_cart_item", "SELECT 1000000 - count(*) FROM cart.items") { scene in
      let (visitor, item) = try scene.filledCart()
      return WriteRequest("cart", "DELETE", "/cart/items/\(item)", as: visitor, nil)
    },
    WriteCase("clear_cart", "SELECT 1000000 - count(*) FROM cart.items") { scene in
      WriteRequest("cart", "DELETE", "/cart", as: try scene.filledCart().visitor, nil)
    },
    WriteCase("add_cart_promotion", "SELECT count(*) FROM cart.codes") { scene in
      WriteRequest(
        "cart", "POST", "/cart/promotions", as: try scene.filledCart().visitor,
        ["code": .string(try scene.code())])
    },
    WriteCase("remove_cart_promotion", "SELECT 1000000 - count(*) FROM cart.codes") { scene in
      let (visitor, code) = (try scene.filledCart().visitor, try scene.code())
      let answer = try Bazaar.cart(on: scene.bazaar.stack).send(
        "POST", "/api/v1/cart/promotions", token: visitor.token, json: ["code": .string(code)])
      try #require(answer.status < 300, "\(answer)")
      return WriteRequest("cart", "DELETE", "/cart/promotions/\(code)", as: visitor, nil)
    },
    WriteCase("adjust_stock", "SELECT COALESCE(sum(on_hand), 0) FROM inventory.stock") { scene in
      WriteRequest(
        "inventory", "PUT", "/inventory/\(scene.goods.id)", as: scene.seller,
        ["delta": 1, "reason": "found"])
    },
  ]
}

extension OrderScene {
  /// About an order that waits for its payment.
  fileprivate func decision(_ verb: String) throws -> WriteRequest {
    let admin = try bazaar.visitor([.admin])
    let order = try settled(["payment": ["provider": "sandbox", "method": "never"]])
    let found: SagaID? = try bazaar.stack.look().first(
      "SELECT s.id FROM saga.sagas AS s WHERE s.subject = \(order)"
    ) { row in try row.next() }
    let saga = try #require(found)
    return WriteRequest(
      "ops", "POST", "/admin/sagas/\(saga)/\(verb)", as: admin, ["reason": "so be it"])
  }

  /// Of a consumer that is at work, and does nothing about such events.
  fileprivate func deadLetter() throws -> (Visitor, Int) {
    try Clerk(bazaar.stack).work()
    let number: Int? = try bazaar.stack.look().first(
      """
      INSERT INTO outbox.dead_letters (
        consumer, position, id, type, aggregate_type, aggregate_id, occurred_at, payload, attempts,
        error, died_at)
      SELECT 'notifications', -count(*), gen_random_uuid(), 'test.made.v1', 'test',
             gen_random_uuid(), now(), '{}', 12, 'it failed', now()
      FROM outbox.dead_letters
      RETURNING number
      """
    ) { row in try row.next() }
    return (try bazaar.visitor([.admin]), try #require(number))
  }

  /// Somebody's own cart, with one item in it.
  fileprivate func filledCart() throws -> (visitor: Visitor, item: String) {
    let visitor = try bazaar.visitor()
    let answer = try Bazaar.cart(on: bazaar.stack).send(
      "POST", "/api/v1/cart/items", token: visitor.token, json: wish())
    return (visitor, try #require(answer.data?["items"]?[0]["id"].string, "\(answer)"))
  }

  /// That of a promotion of its own.
  fileprivate func code() throws -> String {
    let code = "TEN-\(IDSource().uuid().description.suffix(12))"
    _ = try promotion(code: code, limit: 9)
    return code
  }
}
