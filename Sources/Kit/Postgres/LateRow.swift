/// A row that is written together with all others of its kind of the same transaction. They go in
/// the order in which the kinds were first used, before whatever the transaction asks or queues
/// next: what is asked finds them.
package protocol LateRow {
  /// What writes the rows, in their order.
  static func statements(_ rows: [Self]) -> [SQL]
  /// Nothing in its own transaction ever looks for it: it waits for the COMMIT.
  static var waitsForCommit: Bool { get }
}

extension LateRow {
  package static var waitsForCommit: Bool { false }
}

/// The rows that a transaction has not sent yet.
struct LateRows {
  private var kinds: [any Kind] = []

  private protocol Kind: AnyObject {
    var waitsForCommit: Bool { get }
    var statements: [SQL] { get }
  }

  private final class Rows<Row: LateRow>: Kind {
    var rows: [Row] = []
    var waitsForCommit: Bool { Row.waitsForCommit }
    var statements: [SQL] { Row.statements(rows) }
  }

  mutating func add<Row: LateRow>(_ row: Row) {
    for case let kind as Rows<Row> in kinds { return kind.rows.append(row) }
    let kind = Rows<Row>()
    kind.rows.append(row)
    kinds.append(kind)
  }

  /// What writes them now. Those that wait for the COMMIT stay, unless this is it.
  mutating func take(isCommit: Bool) -> [SQL] {
    guard !kinds.isEmpty else { return [] }
    let due = kinds.filter { isCommit || !$0.waitsForCommit }
    kinds.removeAll { isCommit || !$0.waitsForCommit }
    return due.flatMap(\.statements)
  }
}
