import Core
import JSON
import KitTesting
import Testing

@Suite struct AvailabilityTests {
  private func check(_ scene: StockScene, _ items: JSONValue) -> TestAnswer {
    scene.inventory.send(
      "POST", "/api/v1/inventory/check-availability", json: ["items": items])
  }

  @Test func saysWhatIsMissing() throws {
    let scene = try StockScene([10, 2])
    let single = try scene.bazaar.goods([1], in: scene.shop)
    let (a, b) = (scene.goods.variants[0].description, scene.goods.variants[1].description)
    let fine = check(
      scene,
      [
        ["variant_id": .string(a), "quantity": 10], ["variant_id": .string(b), "quantity": 2],
        ["product_id": .string(single.id), "quantity": 1],
      ])
    #expect(fine.data == ["available": true, "unavailable_items": []], "\(fine)")
    let short = check(
      scene,
      [
        ["variant_id": .string(a), "quantity": 4], ["variant_id": .string(b), "quantity": 3],
        ["variant_id": .string(a), "quantity": 7],
        ["product_id": .string(single.id), "quantity": 1],
        ["variant_id": .string(single.variant), "quantity": 1],
      ])
    #expect(short.data["available"].bool == false)
    let items = short.data?["unavailable_items"]?.array ?? []
    #expect(items.compactMap { $0["requested"]?.integer } == [11, 3, 2])
    #expect(items.compactMap { $0["available"]?.integer } == [10, 2, 1])
    #expect(items[2]["product_id"]?.string == single.id)
  }

  @Test func whatNobodySellsIsMissing() throws {
    let scene = try StockScene()
    try scene.bazaar.archive(scene.goods)
    let answer = check(
      scene,
      [
        ["product_id": .string(scene.goods.id), "quantity": 1],
        ["variant_id": "var_00000000000000000000000000", "quantity": 1],
      ])
    #expect(answer.data["available"].bool == false)
    #expect(answer.data?["unavailable_items"]?.array?.count == 2)
  }

  @Test func whatCannotBeAskedIsRefused() throws {
    let scene = try StockScene([1, 1])
    let several = check(scene, [["product_id": .string(scene.goods.id), "quantity": 1]])
    #expect(several.violations == ["items[0].product_id choose_a_variant"])
    let variant = JSONValue.string(scene.goods.variant)
    for (item, fault) in [
      (["variant_id": variant, "quantity": 0], "items[0].quantity out_of_range"),
      (["variant_id": variant, "quantity": -1], "items[0].quantity out_of_range"),
      (["variant_id": variant, "quantity": 1_000_001], "items[0].quantity out_of_range"),
      (["variant_id": variant], "items[0].quantity required"),
      (["quantity": 1], "items[0].variant_id required"),
      (["variant_id": variant, "product_id": "", "quantity": 1], "items[0].product_id invalid_id"),
      (["variant_id": .string(scene.goods.id), "quantity": 1], "items[0].variant_id invalid_id"),
    ] as [(JSONValue, String)] {
      #expect(check(scene, [item]).violations == [fault])
    }
    #expect(check(scene, []).violations == ["items invalid_list"])
    let item: JSONValue = ["variant_id": variant, "quantity": 1]
    #expect(
      check(scene, .array(Array(repeating: item, count: 101))).violations
        == ["items invalid_list"])
  }
}
