package import Middleware

extension Call {
  /// Promotions' verbs, with what this worker has for them.
  package var campaigns: Campaigns { Campaigns(ids: shared.ids) }
}
