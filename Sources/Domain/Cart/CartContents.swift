internal import Core

/// A cart as it is now. One without an id is empty and nowhere stored.
package struct CartContents: Sendable {
  package let id: CartID?
  package let version: Int
  package let lines: [CartLine]
  package let codes: [String]

  package init(
    _ carts: [(id: CartID, version: Int)], lines: [CartLine], codes: [String]
  ) {
    id = carts.first?.id
    version = carts.first?.version ?? 0
    self.lines = lines
    self.codes = codes
  }
}
