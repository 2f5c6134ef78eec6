/// The result of one statement.
package struct Rows: Sendable {
  let columns: Columns
  /// How many rows there are.
  package private(set) var count = 0
  /// What was done, such as `COMMIT` or `INSERT 0 1`.
  fileprivate(set) var tag = ""
  /// Every row after its length, and in it every value after its own, as the server sent it.
  private var bytes: [UInt8] = []

  init(_ columns: Columns) { self.columns = columns }

  /// How many rows an INSERT, UPDATE, DELETE or SELECT touched.
  package var affected: Int { tag.split(separator: " ").last.flatMap { Int($0) } ?? 0 }

  /// Throws what `decode` throws.
  package func map<R>(_ decode: (inout Row) throws -> R) throws -> [R] {
    try map(first: count, decode)
  }

  /// The first row, if there is one. Throws what `decode` throws.
  package func first<R>(_ decode: (inout Row) throws -> R) throws -> R? {
    try map(first: min(count, 1), decode).first
  }

  private func map<R>(first count: Int, _ decode: (inout Row) throws -> R) throws -> [R] {
    guard count > 0 else { return [] }
    var values = [R]()
    values.reserveCapacity(count)
    unsafe try bytes.withUnsafeBytes { bytes in
      var start = 0
      for _ in 0..<count {
        let length = unsafe Int(
          UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: start, as: UInt32.self)))
        start += 4
        var row = unsafe Row(columns, .init(rebasing: bytes[start..<(start + length)]))
        values.append(try decode(&row))
        start += length
      }
    }
    return values
  }

  // MARK: - As the answer comes in

  mutating func add(_ message: ServerMessage) throws(PostgresError) {
    var message = message
    guard try Int(message.number(UInt16.self)) == columns.types.count else {
      throw message.unexpected()
    }
    bytes.append(bigEndian: UInt32(message.rest.count))
    bytes += message.rest
    count += 1
  }

  mutating func end(_ message: ServerMessage) throws(PostgresError) {
    var message = message
    tag = try message.text()
  }
}

/// What a statement answers with.
final class Columns: Sendable {
  let names: [String]
  let types: [UInt32]

  static let none = Columns()

  private init() { (names, types) = ([], []) }

  /// Reads a RowDescription.
  init(_ message: ServerMessage) throws(PostgresError) {
    var (message, names, types): (ServerMessage, [String], [UInt32]) = (message, [], [])
    for _ in 0..<(try message.number(UInt16.self)) {
      names.append(try message.text())
      _ = (try message.number(UInt32.self), try message.number(UInt16.self))  // where it is from
      types.append(try message.number(UInt32.self))
      _ = (
        try message.number(UInt16.self), try message.number(UInt32.self),
        try message.number(UInt16.self)
      )  // size, modifier, form
    }
    (self.names, self.types) = (names, types)
  }
}

/// One row, read in the order of its columns.
/// Safe because it is lent to a decoding closure, which cannot keep it.
@safe package struct Row: ~Copyable {
  private let columns: Columns
  private let cells: UnsafeRawBufferPointer
  private var column = 0
  private var offset = 0

  @unsafe fileprivate init(_ columns: Columns, _ cells: UnsafeRawBufferPointer) {
    self.columns = columns
    unsafe self.cells = cells
  }

  /// The value of the next column. Throws `.badColumn`, with the column's name, when it is NULL
  /// where the value cannot be nil, of another type, or when there is no further column.
  package mutating func next<T: Column>() throws(PostgresError) -> T {
    guard column < columns.types.count else {
      throw PostgresError(.badColumn, "the row has only \(columns.types.count) columns")
    }
    let start = offset + 4
    guard unsafe start <= cells.count else { throw Self.cut }
    let length = unsafe Int(
      Int32(bigEndian: cells.loadUnaligned(fromByteOffset: offset, as: Int32.self)))
    let end = start + max(length, 0)
    guard unsafe end <= cells.count else { throw Self.cut }
    do {
      let cell = unsafe Cell(
        type: columns.types[column], lent: length < 0 ? nil : .init(rebasing: cells[start..<end]))
      let value = try T.decode(cell)
      column += 1
      offset = end
      return value
    } catch {
      throw PostgresError(error.code, "column \(columns.names[column]) \(error.message)")
    }
  }

  private static var cut: PostgresError { PostgresError(.badColumn, "the row ends too early") }
}
