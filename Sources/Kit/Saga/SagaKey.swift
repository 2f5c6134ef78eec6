package import Core
package import Postgres

/// Names the one live saga of a definition for a subject.
package struct SagaKey: Hashable, Sendable {
  package let definition: String
  package let subject: UUID

  package init(definition: String, subject: UUID) {
    self.definition = definition
    self.subject = subject
  }
}

extension SagaKey {
  /// Whether one is under way, or on its way back.
  package func isLive(in database: some Querying) throws -> Bool {
    try database.read(SagaStore.isLive(self)).first ?? false
  }
}
