package import Core

/// A value that can be read from a column.
package protocol Column {
  /// Throws `.badColumn` when the cell is NULL or of a type this value is not read from.
  static func decode(_ cell: borrowing Cell) throws(PostgresError) -> Self
}

/// One value of a result with the type Postgres gave it.
/// Safe because it is only lent for the time of `decode` and keeps no bytes.
@safe package struct Cell: ~Copyable {
  let type: UInt32
  private let lent: UnsafeRawBufferPointer?

  @unsafe init(type: UInt32, lent: UnsafeRawBufferPointer?) {
    self.type = type
    unsafe self.lent = lent
  }

  package var isNull: Bool { unsafe lent == nil }

  /// Throws for NULL. The pointer is good as long as the cell is.
  @unsafe func bytes() throws(PostgresError) -> UnsafeRawBufferPointer {
    guard let lent = unsafe lent else { throw PostgresError(.badColumn, "is NULL") }
    return unsafe lent
  }

  /// A big-endian integer of exactly the width of `Value`.
  func integer<Value: FixedWidthInteger>(_: Value.Type) throws(PostgresError) -> Value {
    let bytes = unsafe try bytes()
    guard bytes.count == MemoryLayout<Value>.size else {
      throw mismatch("\(MemoryLayout<Value>.size) bytes")
    }
    return unsafe Value(bigEndian: bytes.loadUnaligned(as: Value.self))
  }

  func text() throws(PostgresError) -> String {
    unsafe String(decoding: try bytes(), as: UTF8.self)
  }

  func mismatch(_ wanted: String) -> PostgresError {
    PostgresError(.badColumn, isNull ? "is NULL" : "is of type \(type), not \(wanted)")
  }
}

extension Optional: Column where Wrapped: Column {
  package static func decode(_ cell: borrowing Cell) throws(PostgresError) -> Wrapped? {
    cell.isNull ? nil : try Wrapped.decode(cell)
  }
}

extension Int64: Column {
  package static func decode(_ cell: borrowing Cell) throws(PostgresError) -> Int64 {
    switch cell.type {
    case TypeID.int8, TypeID.xid8: try cell.integer(Int64.self)
    case TypeID.int4: Int64(try cell.integer(Int32.self))
    case TypeID.int2: Int64(try cell.integer(Int16.self))
    case TypeID.oid: Int64(try cell.integer(UInt32.self))
    default: throw cell.mismatch("integer")
    }
  }
}

extension Int: Column {
  package static func decode(_ cell: borrowing Cell) throws(PostgresError) -> Int {
    Int(try Int64.decode(cell))
  }
}

extension Double: Column {
  package static func decode(_ cell: borrowing Cell) throws(PostgresError) -> Double {
    switch cell.type {
    case TypeID.float8: Double(bitPattern: try cell.integer(UInt64.self))
    case TypeID.float4: Double(Float(bitPattern: try cell.integer(UInt32.self)))
    default: throw cell.mismatch("floating point number")
    }
  }
}

extension Bool: Column {
  package static func decode(_ cell: borrowing Cell) throws(PostgresError) -> Bool {
    guard cell.type == TypeID.bool else { throw cell.mismatch("boolean") }
    return try cell.integer(UInt8.self) != 0
  }
}

extension UUID: Column {
  package static func decode(_ cell: borrowing Cell) throws(PostgresError) -> UUID {
    guard cell.type == TypeID.uuid else { throw cell.mismatch("uuid") }
    let both = try cell.integer(UInt128.self)
    return UUID(high: UInt64(truncatingIfNeeded: both >> 64), low: UInt64(truncatingIfNeeded: both))
  }
}

extension ID: Column {
  package static func decode(_ cell: borrowing Cell) throws(PostgresError) -> ID {
    ID(try UUID.decode(cell))
  }
}

extension Timestamp: Column {
  package static func decode(_ cell: borrowing Cell) throws(PostgresError) -> Timestamp {
    guard cell.type == TypeID.timestamptz else { throw cell.mismatch("timestamptz") }
    let (time, isInfinite) = try cell.integer(Int64.self).addingReportingOverflow(postgresEpoch)
    guard !isInfinite, time != .min + postgresEpoch else {
      throw PostgresError(.badColumn, "is infinite")
    }
    return Timestamp(microseconds: time)
  }
}

extension CalendarDate: Column {
  package static func decode(_ cell: borrowing Cell) throws(PostgresError) -> CalendarDate {
    guard cell.type == TypeID.date else { throw cell.mismatch("date") }
    let day = try cell.integer(Int32.self)
    guard day != .max, day != .min else { throw PostgresError(.badColumn, "is infinite") }
    return CalendarDate(daysSince1970: Int(day) + 10_957)  // 2000-01-01, where Postgres begins.
  }
}

/// `enum Status: String, Bindable, Column` needs nothing more.
extension Column where Self: RawRepresentable, RawValue: Column {
  package static func decode(_ cell: borrowing Cell) throws(PostgresError) -> Self {
    let raw = try RawValue.decode(cell)
    guard let value = Self(rawValue: raw) else {
      throw PostgresError(.badColumn, "holds a value that \(Self.self) does not know")
    }
    return value
  }
}
