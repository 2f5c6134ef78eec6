import Core
import HTTP
import JSON
import KitTesting
import Payments
import Postgres
import Testing

@Suite struct PlaceOrderTests {
  @Test func anOrderOfItemsIsPricedHere() throws {
    let scene = try OrderScene(pieces: [5, 5], price: 1250)
    let answer = scene.place(
      [scene.wish(2), scene.wish(1, of: scene.goods.variants[1].description)],
      // Whatever a client says about money is not listened to.
      ["total": scene.money(1), "subtotal": scene.money(1), "discount": scene.money(9999)])
    #expect(answer.status == 201, "\(answer)")
    let order = answer.data
    #expect(order?["status"] == "pending")
    #expect(order?["total"] == scene.money(3750))
    #expect(order?["subtotal"] == scene.money(3750))
    #expect(order?["items"]?[0]["line_total"] == scene.money(2500))
    #expect(order?["items"]?[0]["name"] == "Tea")
    #expect(order?["address"]?["city"] == "Ha Noi")
    #expect(order?["payment"]?["provider"] == "sandbox")
    #expect(order?["payment"]?["amount"] == scene.money(3750))
    #expect(answer.header("Location") == "/api/v1/orders/\(order?.id ?? "")")
    let read = scene.send("GET", "/orders/\(order?.id ?? "")")
    #expect(read.data == order)
    #expect(scene.send("GET", "/orders/\(order?["number"]?.integer ?? 0)").data == order)
    let id = try #require(OrderID(order?.id ?? ""))
    #expect(try scene.events(id) == ["order.placed.v1"])
  }

  @Test func anOrderOfTheCartTakesItsLinesAndCodes() throws {
    let scene = try OrderScene()
    try scene.fillCart(3)
    try scene.bazaar.stack.look().execute(
      """
      INSERT INTO promotions.promotions
        (id, shop_id, name, type, value, code, starts_at, ends_at, status, created_at, updated_at)
      VALUES (gen_random_uuid(), \(scene.shop), 'Ten', 'percentage', 1000, 'TEN',
              now() - interval '1 day', now() + interval '1 day', 'active', now(), now())
      """)
    try scene.bazaar.stack.look().execute(
      """
      INSERT INTO cart.codes (cart_id, code, added_at)
      SELECT c.id, 'ten', now() FROM cart.carts AS c WHERE c.user_id = \(scene.ana.user)
      """)
    let answer = scene.send("POST", "/orders", scene.order(nil))
    #expect(answer.data?["total"] == scene.money(2700), "\(answer)")
    #expect(answer.data?["promotions"]?[0]["code"] == "TEN")
    #expect(answer.data?["promotions"]?[0]["amount"] == scene.money(300))
    #expect(answer.data?["items"]?[0]["discount"] == scene.money(300))
  }

  @Test func aTotalThatMovedIsRefusedWithTheDifference() throws {
    let scene = try OrderScene()
    let answer = scene.place(nil, ["expected_total": scene.money(900)])
    #expect(answer.status == 409)
    #expect(answer.code == "total_changed")
    #expect(answer.json["details"]?["difference"] == 100, "\(answer)")
    #expect(scene.place(nil, ["expected_total": scene.money(1000)]).status == 201)
    let foreign = scene.place(nil, ["expected_total": scene.money(1000, "EUR")])
    #expect(foreign.violations == ["expected_total.currency wrong_currency"])
  }

  @Test func whatCannotBeSoldIsRefusedAndNothingIsWritten() throws {
    let scene = try OrderScene(pieces: [1])
    let none = try scene.bazaar.goods([0], in: scene.shop, name: "Gone")
    let many = try scene.bazaar.goods([5, 5], in: scene.shop, name: "Many")
    let euro = try scene.bazaar.goods(
      [5], in: try scene.bazaar.shop(of: scene.seller, currency: "EUR"))
    let old = try scene.bazaar.goods([5], in: scene.shop, name: "Old")
    try scene.bazaar.archive(old)
    let other = IDSource().id(VariantKind.self).description
    #expect(scene.place([scene.wish(2)]).code == "insufficient_stock")
    #expect(scene.place([scene.wish(1, of: none.variant)]).code == "insufficient_stock")
    #expect(scene.place([scene.wish(1, of: old.variant)]).code == "not_for_sale")
    #expect(
      scene.place([scene.wish(1, of: other)]).violations == ["items[0].variant_id no_such_variant"])
    #expect(
      scene.place([["product_id": .string(many.id), "quantity": 1]]).violations
        == ["items[0].product_id choose_a_variant"])
    #expect(
      scene.place([scene.wish(), scene.wish(1, of: euro.variant)]).violations
        == ["items mixed_currencies"])
    #expect(scene.place([scene.wish(), scene.wish()]).violations == ["items[1] named_twice"])
    #expect(
      scene.place(
        [scene.wish(1, of: other), scene.wish(), scene.wish(1, of: old.variant), scene.wish()]
      ).violations == ["items[0].variant_id no_such_variant", "items[3] named_twice"])
    #expect(scene.send("POST", "/orders", scene.order(nil)).violations == ["items empty_cart"])
    #expect(try scene.count("SELECT count(*) FROM orders.orders") == 0)
    #expect(try scene.count("SELECT count(*) FROM outbox.events WHERE type LIKE 'order%'") == 0)
  }

  @Test func everyFaultOfTheRequestIsTold() throws {
    let scene = try OrderScene()
    let answer = scene.send(
      "POST", "/orders",
      [
        "items": [["quantity": 0], ["variant_id": "usr_1", "quantity": 1000]],
        "payment": ["provider": "gold"], "promotion_codes": ["!!"],
        "expected_total": ["amount": .decimal("1.5"), "currency": "usd"],
      ])
    #expect(
      Set(answer.violations) == [
        "items[0].variant_id required", "items[0].quantity out_of_range",
        "items[1].variant_id invalid_id", "items[1].quantity out_of_range",
        "address_id required", "payment.provider not_a_choice", "promotion_codes[0] invalid_code",
        "expected_total.amount fractional_amount", "expected_total.currency invalid_currency",
      ], "\(answer)")
  }

  @Test func somebodyElsesAddressAndOrderAreNotThere() throws {
    let scene = try OrderScene()
    let eve = try scene.bazaar.visitor()
    let stolen = scene.place(as: eve)
    #expect(stolen.violations == ["address_id no_such_address"])
    let order = try scene.placed()
    #expect(scene.get(order, as: eve).status == 404)
    #expect(scene.send("POST", "/orders/\(order)/cancel", as: eve).status == 404)
    #expect(scene.send("GET", "/orders/\(order)/timeline", as: eve).status == 404)
    #expect(scene.send("GET", "/orders/\(scene.shop)").status == 404)
    #expect(scene.get(order, as: try scene.bazaar.visitor([.admin])).status == 200)
    let list = scene.send("GET", "/orders", as: eve)
    #expect(list.data?.array?.isEmpty == true)
  }

  @Test func aCodeThatDoesNothingIsRefused() throws {
    let scene = try OrderScene()
    let answer = scene.place(nil, ["promotion_codes": ["NOPE", "NOR-THIS"]])
    #expect(
      answer.violations == ["promotion_codes[0] unknown_code", "promotion_codes[1] unknown_code"])
  }

  @Test func twentyAtOnceWithOneKeyPlaceOneOrder() throws {
    let scene = try OrderScene()
    let answers = try Together.run(
      threads: 20,
      prepare: { [stack = scene.bazaar.stack] _ in try Bazaar.orders(on: stack) }
    ) { [token = scene.ana.token, body = scene.order([scene.wish()]).bytes] orders, _ in
      let answer = orders.send(
        "POST", "/api/v1/orders", token: token, bytes: body,
        headers: [(.idempotencyKey, "once")])
      return (answer.status, answer.code, answer.text)
    }[0]
    let made = answers.filter { $0.0 == 201 }
    #expect(!made.isEmpty)
    #expect(Set(made.map(\.2)).count == 1, "equal as a whole")
    let others = answers.filter { $0.0 != 201 }
    #expect(others.allSatisfy { $0.0 == 409 && $0.1 == "idempotency_in_progress" })
    #expect(try scene.count("SELECT count(*) FROM orders.orders") == 1)
    #expect(try scene.count("SELECT count(*) FROM outbox.events WHERE type LIKE 'order%'") == 1)
    // And one charge, also by who asks once more after it.
    try Clerk(scene.bazaar.stack).work()
    let again = scene.place(headers: [(.idempotencyKey, "once")])
    #expect(again.status == 201 && again.text == made.first?.2)
    try Clerk(scene.bazaar.stack).work()
    #expect(try scene.count("SELECT count(*) FROM orders.orders WHERE status = 'paid'") == 1)
    #expect(try scene.count("SELECT count(*) FROM payments.payments") == 1)
    #expect(try scene.count("SELECT sum(captured)::bigint FROM payments.payments") == 1000)
    #expect(try scene.count("SELECT count(*) FROM payments.entries") == 1)
    #expect(try scene.stock() == "9 0")
    try scene.checkInvariants()
  }

  /// What the customer saw in the cart is not what it costs any more.
  @Test func aPriceThatMovedSinceTheCartIsRefused() throws {
    let scene = try OrderScene()
    let market = try Market(on: scene.bazaar)
    let cart = try Bazaar.cart(on: scene.bazaar.stack)
    let filled = cart.send(
      "POST", "/api/v1/cart/items", token: scene.ana.token, json: scene.wish(2))
    let seen = try #require(filled.data?["total"], "\(filled)")
    #expect(seen == scene.money(2000))
    let moved = market.catalog.send(
      "PUT", "/api/v1/products/\(scene.goods.id)", token: scene.seller.token,
      json: [
        "variants": [["id": .string(scene.goods.variant), "price": scene.money(1100)]]
      ])
    try #require(moved.status == 200, "\(moved)")
    let refused = scene.send("POST", "/orders", scene.order(nil, ["expected_total": seen]))
    #expect(refused.isProblem(409, "total_changed"), "\(refused)")
    #expect(refused.json["details"]?["difference"] == 200)
    #expect(try scene.count("SELECT count(*) FROM orders.orders") == 0)
    #expect(try scene.count("SELECT count(*) FROM cart.items") == 1)
    let read = cart.send("GET", "/api/v1/cart", token: scene.ana.token, bytes: nil).data
    #expect(read?["total"] == scene.money(2200))
    let taken = scene.send(
      "POST", "/orders", scene.order(nil, ["expected_total": scene.money(2200)]))
    #expect(taken.status == 201 && taken.data?["total"] == scene.money(2200), "\(taken)")
  }

  /// As where a payment is begun by itself.
  @Test func aSavedMethodIsTheirsAndOfTheProvider() throws {
    let stack = try TestStack(environment: Bank.environment)
    let scene = try OrderScene(on: stack)
    let look = stack.look()
    func save(_ provider: String, for user: UserID) throws -> String {
      let id: PaymentMethodID = IDSource().id()
      try look.execute(
        """
        INSERT INTO payments.methods
          (id, user_id, provider, token, is_default, created_at, updated_at)
        VALUES (\(id), \(user), \(provider), 't', false, now(), now())
        """)
      return id.description
    }
    func place(_ method: String) -> TestAnswer {
      scene.place(
        nil, ["payment": ["provider": "stripe", "payment_method_id": .string(method)]])
    }
    let unknown: PaymentMethodID = IDSource().id()
    for (method, fault) in [
      (try save("stripe", for: scene.bazaar.visitor().user), "no_such_method"),
      (unknown.description, "no_such_method"),
      (try save("sandbox", for: scene.ana.user), "other_provider"),
    ] {
      let answer = place(method)
      #expect(
        answer.status == 422 && answer.violations == ["payment.payment_method_id \(fault)"],
        "\(answer)")
    }
    #expect(try scene.count("SELECT count(*) FROM orders.orders") == 0)
    let answer = place(try save("stripe", for: scene.ana.user))
    #expect(answer.status == 201, "\(answer)")
    #expect("\(answer.databaseRoundTrips) \(answer.redisRoundTrips)" == "2 1")
  }

  @Test func anOrderCostsTwoRoundTrips() throws {
    let scene = try OrderScene(pieces: [50])
    _ = scene.place()
    let answer = scene.place()
    #expect("\(answer.databaseRoundTrips) \(answer.redisRoundTrips)" == "2 1")
    let keyed = scene.place(headers: [(.idempotencyKey, "k")])
    #expect("\(keyed.databaseRoundTrips) \(keyed.redisRoundTrips)" == "3 1")
    let order = try #require(OrderID(keyed.data?.id ?? ""))
    for path in ["/orders", "/orders/\(order)", "/orders/\(order)/timeline"] {
      let read = scene.send("GET", path)
      #expect("\(read.databaseRoundTrips) \(read.redisRoundTrips)" == "1 1", "\(path)")
    }
  }
}
