package import Core
package import Postgres

extension Cashier {
  package static let methodsMax = 20

  /// Somebody's first method is their default.
  package func save(
    _ draft: MethodDraft, for user: UserID, in transaction: Transaction
  ) throws -> PaymentMethod {
    MethodStore.takeTurn(of: user, in: transaction)
    let methods = try transaction.read(MethodStore.list(of: user))
    guard methods.count < Self.methodsMax else {
      throw PaymentError.tooManyMethods(most: Self.methodsMax)
    }
    let isDefault = draft.isDefault || methods.isEmpty
    if isDefault { MethodStore.clearDefault(of: user, at: now, in: transaction) }
    let id: PaymentMethodID = ids.id()
    try MethodStore.insert(
      draft, id, isDefault: isDefault, for: user, at: now, in: transaction)
    return try find(id, of: user, in: transaction)
  }

  /// Throws `noSuchMethod` for one that is not theirs, and what `check` throws of its version.
  package func change(
    _ id: PaymentMethodID, _ changes: MethodChanges, of user: UserID,
    check: (Int) throws -> Void, in transaction: Transaction
  ) throws -> PaymentMethod {
    let method = try take(id, of: user, check: check, in: transaction).method
    MethodStore.update(
      id, label: changes.label ?? method.label, month: changes.expMonth ?? method.expMonth,
      year: changes.expYear ?? method.expYear, at: now, in: transaction)
    return try find(id, of: user, in: transaction)
  }

  package func makeDefault(
    _ id: PaymentMethodID, of user: UserID, check: (Int) throws -> Void,
    in transaction: Transaction
  ) throws -> PaymentMethod {
    let method = try take(id, of: user, check: check, in: transaction).method
    guard !method.isDefault else { return method }
    MethodStore.clearDefault(of: user, at: now, in: transaction)
    MethodStore.setDefault(id, at: now, in: transaction)
    return try find(id, of: user, in: transaction)
  }

  /// The newest of the others becomes the default where this one was.
  package func forget(
    _ id: PaymentMethodID, of user: UserID, check: (Int) throws -> Void,
    in transaction: Transaction
  ) throws {
    let (method, methods) = try take(id, of: user, check: check, in: transaction)
    MethodStore.delete(id, in: transaction)
    if method.isDefault, let next = methods.last(where: { $0.id != id }) {
      MethodStore.setDefault(next.id, at: now, in: transaction)
    }
  }

  /// It and all of its owner's, for whoever has the turn to change them.
  private func take(
    _ id: PaymentMethodID, of user: UserID, check: (Int) throws -> Void,
    in transaction: Transaction
  ) throws -> (method: PaymentMethod, all: [PaymentMethod]) {
    MethodStore.takeTurn(of: user, in: transaction)
    let methods = try transaction.read(MethodStore.list(of: user))
    guard let method = methods.first(where: { $0.id == id }) else {
      throw PaymentError.noSuchMethod
    }
    try check(method.version)
    return (method, methods)
  }

  private func find(
    _ id: PaymentMethodID, of user: UserID, in transaction: Transaction
  ) throws -> PaymentMethod {
    let methods = try transaction.read(MethodStore.list(of: user))
    guard let method = methods.first(where: { $0.id == id }) else {
      throw PaymentError.noSuchMethod
    }
    return method
  }
}
