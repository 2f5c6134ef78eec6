package import Core
package import Postgres

extension Carts {
  /// What was bought.
  package struct Bought: Sendable {
    let variant: VariantID
    let quantity: Int

    package init(variant: VariantID, quantity: Int) {
      self.variant = variant
      self.quantity = quantity
    }
  }

  /// Takes what was bought, and the codes it was bought with, out of the buyer's cart. What was
  /// put in since stays.
  package func takeOut(
    _ bought: [Bought], codes: [String], of user: UserID, in transaction: Transaction
  ) {
    transaction.late(TakenOut(bought: bought, codes: codes, user: user, at: now))
  }
}
