package import Core

/// What the verbs of Promotions work with. Each verb is a file named after it.
package struct Campaigns {
  let ids: IDSource
  let now: Timestamp

  package init(ids: IDSource) {
    self.ids = ids
    now = ids.clock.now
  }
}
