/// What a session has prepared. A statement seen for the first time is prepared in the round trip
/// that runs it; others in the same round trip do not rely on that.
struct Statements {
  private var prepared: [Key: Statement] = [:]
  private var namesGiven = 0
  /// Being prepared in this round trip: whether it succeeds is not known yet.
  private var unproven: Set<Key> = []

  /// Beyond it statements are sent unprepared: texts made at run time must not fill the server.
  static let max = 256

  fileprivate struct Key: Hashable {
    let text: String
    let types: [UInt32]
  }

  /// One that the server knows by its name.
  final class Statement {
    fileprivate let key: Key
    let name: String
    /// What it answers with, known once the server has described it.
    var columns = Columns.none

    fileprivate init(_ key: Key, _ name: String) { (self.key, self.name) = (key, name) }
  }

  enum Standing {
    case known(Statement)
    /// To be prepared now.
    case begun(Statement)
    case unprepared
  }

  mutating func beginRoundTrip() { unproven = [] }

  mutating func standing(of sql: SQL) -> Standing {
    let key = Key(text: sql.text, types: sql.binds.types)
    if let statement = prepared[key] {
      return unproven.contains(key) ? .unprepared : .known(statement)
    }
    guard prepared.count < Self.max else { return .unprepared }
    let statement = Statement(key, "s\(namesGiven)")
    namesGiven += 1
    prepared[key] = statement
    unproven.insert(key)
    return .begun(statement)
  }

  /// It could not be prepared, or something before it was refused.
  mutating func forget(_ statement: Statement) { prepared[statement.key] = nil }
}
