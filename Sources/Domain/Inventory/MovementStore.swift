internal import Core
internal import Postgres

enum MovementStore {
  /// Which of these variants came back for this reason before. Ask while they are locked.
  static func returned(_ variants: [VariantID], by reference: String) -> Query<VariantID> {
    Query(
      """
      SELECT m.variant_id FROM inventory.movements AS m
      WHERE m.variant_id = ANY (\(variants)) AND m.kind = 'return' AND m.reference = \(reference)
      """
    ) { row in try row.next() }
  }

  /// Which of a product's variants this reference has moved. Ask while they are locked.
  static func moved(_ product: ProductID, by reference: String) -> Query<VariantID> {
    Query(
      """
      SELECT m.variant_id FROM inventory.stock AS s
      JOIN inventory.movements AS m ON m.variant_id = s.variant_id
      WHERE s.product_id = \(product) AND m.kind IN ('set', 'adjustment')
        AND m.reference = \(reference)
      """
    ) { row in try row.next() }
  }
}

/// A movement, and who caused it.
struct WrittenMovement: LateRow {
  let movement: Movement
  let actor: UserID?
  let at: Timestamp

  static func statements(_ rows: [WrittenMovement]) -> [SQL] {
    let movements = rows.map(\.movement)
    return [
      """
      INSERT INTO inventory.movements
        (variant_id, product_id, kind, on_hand_before, on_hand_after, reserved_before,
         reserved_after, reason, reference, actor_id, created_at)
      SELECT m.variant_id, m.product_id, m.kind, m.on_hand_before, m.on_hand_after,
             m.reserved_before, m.reserved_after, m.reason, m.reference, m.actor_id, m.created_at
      FROM unnest(
        \(movements.map(\.after.variant)), \(movements.map(\.after.product)),
        \(movements.map(\.kind.rawValue))::text[],
        \(movements.map(\.before.onHand)), \(movements.map(\.after.onHand)),
        \(movements.map(\.before.reserved)), \(movements.map(\.after.reserved)),
        \(movements.map(\.reason))::text[], \(movements.map(\.reference))::text[],
        \(rows.map(\.actor)), \(rows.map(\.at))
      ) WITH ORDINALITY AS m (
        variant_id, product_id, kind, on_hand_before, on_hand_after, reserved_before,
        reserved_after, reason, reference, actor_id, created_at, place)
      ORDER BY m.place
      """
    ]
  }
}
