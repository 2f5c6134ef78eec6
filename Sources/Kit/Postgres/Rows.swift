internal import CPostgres

/// The result of one statement. A class, because one round trip answers with a list of them.
/// Safe because the C result is freed with its only owner, and rows hold on to that owner.
@safe package final class Rows {
  private let result: OpaquePointer

  /// Takes ownership of `result`.
  @unsafe init(_ result: OpaquePointer) {
    unsafe self.result = result
  }

  deinit { unsafe PQclear(result) }

  package var count: Int { unsafe Int(PQntuples(result)) }

  /// How many rows an INSERT, UPDATE, DELETE or SELECT touched.
  package var affected: Int {
    unsafe PQcmdTuples(result).flatMap { unsafe Int(String(cString: $0)) } ?? 0
  }

  /// What was done, such as `COMMIT`, or `ROLLBACK` where a COMMIT found a failed transaction.
  var command: String { unsafe String(cString: PQcmdStatus(result)) }

  var columnCount: Int { unsafe Int(PQnfields(result)) }

  /// Throws what `decode` throws.
  package func map<R>(_ decode: (inout Row) throws -> R) throws -> [R] {
    var values = [R]()
    values.reserveCapacity(count)
    for index in 0..<count {
      var row = Row(self, index)
      values.append(try decode(&row))
    }
    return values
  }

  /// The first row, if there is one. Throws what `decode` throws.
  package func first<R>(_ decode: (inout Row) throws -> R) throws -> R? {
    guard count > 0 else { return nil }
    var row = Row(self, 0)
    return try decode(&row)
  }

  func columnName(_ column: Int) -> String {
    unsafe PQfname(result, Int32(column)).map { unsafe String(cString: $0) } ?? "?"
  }

  fileprivate func cell(row: Int, column: Int) -> Cell {
    let (row, column) = (Int32(row), Int32(column))
    let type = unsafe PQftype(result, column)
    guard unsafe PQgetisnull(result, row, column) == 0,
      let bytes = unsafe PQgetvalue(result, row, column)
    else { return unsafe Cell(type: type, lent: nil) }
    let length = unsafe Int(PQgetlength(result, row, column))
    return unsafe Cell(type: type, lent: UnsafeRawBufferPointer(start: bytes, count: length))
  }
}

/// One row, read in the order of its columns. Lent to a decoding closure, which cannot keep it.
package struct Row: ~Copyable {
  private let rows: Rows
  private let index: Int
  private var column = 0

  fileprivate init(_ rows: Rows, _ index: Int) {
    self.rows = rows
    self.index = index
  }

  /// The value of the next column. Throws `.badColumn`, with the column's name, when it is NULL
  /// where the value cannot be nil, of another type, or when there is no further column.
  package mutating func next<T: Column>() throws(PostgresError) -> T {
    guard column < rows.columnCount else {
      throw PostgresError(.badColumn, "the row has only \(rows.columnCount) columns")
    }
    do {
      let value = try T.decode(rows.cell(row: index, column: column))
      column += 1
      return value
    } catch {
      throw PostgresError(error.code, "column \(rows.columnName(column)) \(error.message)")
    }
  }
}
