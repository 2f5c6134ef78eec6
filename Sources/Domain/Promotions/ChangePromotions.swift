package import Core
package import Postgres

extension Campaigns {
  /// What of a shop may run at the same time. A cart reads all that apply by themselves.
  package static let promotionsMax = 1000
  package static let automaticMax = 50

  package func create(
    _ draft: PromotionDraft, in shop: ShopID, by manager: ShopManager, in transaction: Transaction
  ) throws -> PromotionRecord {
    let promotion = try check(draft, ids.id(), of: shop, by: manager, in: transaction)
    PromotionStore.insert(promotion.promotion, at: now, in: transaction)
    return promotion
  }

  /// What is left out stays. Throws `hasEnded` for one that has.
  package func update(
    _ id: PromotionID, in shop: ShopID, by manager: ShopManager, _ changes: PromotionChanges,
    check: (Int) throws -> Void, in transaction: Transaction
  ) throws -> PromotionRecord {
    let old = try own(id, in: shop, by: manager, in: transaction)
    try check(old.version)
    guard old.standing(at: now) != .ended else { throw PromotionError.hasEnded }
    let draft = changes.applied(to: old)
    guard old.status.mayBecome(draft.status) else {
      throw PromotionError.illegalTransition(from: old.status, to: draft.status)
    }
    if let limit = draft.totalLimit, limit < old.used {
      throw PromotionError.limitBelowUsed(used: old.used)
    }
    let changed = try self.check(draft, id, of: shop, by: manager, in: transaction)
    guard let new = try PromotionStore.update(changed.promotion, at: now, in: transaction) else {
      throw PromotionError.noSuchPromotion
    }
    return PromotionRecord(new, in: changed.currency, at: now)
  }

  /// It ends, and nobody sees it any more. Orders that used it keep what they got.
  package func delete(
    _ id: PromotionID, in shop: ShopID, by manager: ShopManager, check: (Int) throws -> Void,
    in transaction: Transaction
  ) throws {
    let old = try own(id, in: shop, by: manager, in: transaction)
    try check(old.version)
    PromotionStore.delete(id, at: now, in: transaction)
  }

  private func own(
    _ id: PromotionID, in shop: ShopID, by manager: ShopManager, in transaction: Transaction
  ) throws -> Promotion {
    PromotionStore.lockShop(shop, in: transaction)
    let (currencies, promotions) = try transaction.read(
      PromotionStore.currency(of: shop, for: manager), PromotionStore.lock(id, in: shop))
    guard !currencies.isEmpty else { throw PromotionError.noSuchShop }
    guard let promotion = promotions.first else { throw PromotionError.noSuchPromotion }
    return promotion
  }

  /// Alone in the shop from here on.
  private func check(
    _ draft: PromotionDraft, _ id: PromotionID, of shop: ShopID, by manager: ShopManager,
    in transaction: Transaction
  ) throws -> PromotionRecord {
    guard draft.startsAt < draft.endsAt else { throw PromotionError.endsBeforeItStarts }
    guard draft.endsAt > now || draft.status == .ended else { throw PromotionError.endsInThePast }
    PromotionStore.lockShop(shop, in: transaction)
    let (currencies, counts, taken, products, categories) = try transaction.read(
      PromotionStore.currency(of: shop, for: manager),
      PromotionStore.countRunning(in: shop, but: id, at: now),
      PromotionStore.isTaken(draft.code, in: shop, but: id, at: now),
      PromotionStore.products(draft.scope.products, of: shop),
      PromotionStore.categories(draft.scope.categories))
    guard let currency = currencies.first else { throw PromotionError.noSuchShop }
    guard products.count == draft.scope.products.count else {
      throw PromotionError.notAProductOfTheShop
    }
    guard categories.count == draft.scope.categories.count else {
      throw PromotionError.noSuchCategory
    }
    guard draft.status != .ended else {
      return PromotionRecord(try draft.promotion(id, of: shop, in: currency), in: currency, at: now)
    }
    guard taken.isEmpty else { throw PromotionError.codeTaken }
    let running = counts.first ?? (0, 0)
    guard running.all < Self.promotionsMax else {
      throw PromotionError.tooManyPromotions(most: Self.promotionsMax)
    }
    guard draft.code != nil || running.automatic < Self.automaticMax else {
      throw PromotionError.tooManyAutomatic(most: Self.automaticMax)
    }
    if let code = draft.code { PromotionStore.endPast(code, in: shop, at: now, in: transaction) }
    return PromotionRecord(try draft.promotion(id, of: shop, in: currency), in: currency, at: now)
  }
}

extension Promotion {
  /// What time makes of it: once its window is over it has ended, whatever its row still says.
  package func standing(at now: Timestamp) -> Status { endsAt <= now ? .ended : status }
}
