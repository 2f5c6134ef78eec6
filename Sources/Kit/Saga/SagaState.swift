internal import Postgres

package enum SagaState: String, CaseIterable, Sendable, Encodable {
  case running, waiting, undoing, done, undone
  /// It cannot be undone: an operator has to look.
  case stuck

  var isOver: Bool { self == .done || self == .undone }
}

extension SagaState: Bindable, Column {}
