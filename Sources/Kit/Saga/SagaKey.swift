package import Core

/// Names the one live saga of a definition for a subject.
package struct SagaKey: Hashable, Sendable {
  package let definition: String
  package let subject: UUID

  package init(definition: String, subject: UUID) {
    self.definition = definition
    self.subject = subject
  }
}
