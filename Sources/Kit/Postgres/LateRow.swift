/// A row that is written together with all others of its kind of the same transaction, or of
/// several that ask nothing and travel together. They go in the order in which the kinds were first
/// used, before whatever the transaction asks or queues next: what is asked finds them.
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
    func add(to rows: inout LateRows)
  }

  private final class Rows<Row: LateRow>: Kind {
    var rows: [Row] = []
    var waitsForCommit: Bool { Row.waitsForCommit }
    var statements: [SQL] { Row.statements(rows) }

    func add(to all: inout LateRows) { all.add(rows) }
  }

  var isEmpty: Bool { kinds.isEmpty }
  var count: Int { kinds.count }
  var statements: [SQL] { kinds.flatMap(\.statements) }

  mutating func add<Row: LateRow>(_ rows: [Row]) {
    for case let kind as Rows<Row> in kinds { return kind.rows += rows }
    let kind = Rows<Row>()
    kind.rows = rows
    kinds.append(kind)
  }

  /// Theirs come after those of the same kind that are here.
  mutating func add(_ others: LateRows) {
    for kind in others.kinds { kind.add(to: &self) }
  }

  /// What writes them now. Those that wait for the COMMIT stay, unless this is it.
  mutating func take(isCommit: Bool) -> [SQL] {
    guard !kinds.isEmpty else { return [] }
    let due = kinds.filter { isCommit || !$0.waitsForCommit }
    kinds.removeAll { isCommit || !$0.waitsForCommit }
    return due.flatMap(\.statements)
  }
}
