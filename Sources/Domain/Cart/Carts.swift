package import Core

/// What the verbs of Cart work with. Each verb is a file named after it.
package struct Carts {
  let ids: IDSource
  let now: Timestamp

  package static let linesMax = 99
  package static let quantityMax = 999
  package static let codesMax = 10
  package static let guestLifetime = Duration.days(30)

  package init(ids: IDSource) {
    self.ids = ids
    now = ids.clock.now
  }
}
