/// Walks the binary form of an array of at most one dimension.
/// Safe because it lives no longer than the cell it was made from: it is never stored.
@safe struct ArrayReader {
  private let bytes: UnsafeRawBufferPointer
  private var offset = 0
  private var elementType: UInt32 = 0
  /// How many elements are still to be read.
  private(set) var left = 0

  private static let arrayTypes: Set<UInt32> = [
    TypeID.boolArray, TypeID.nameArray, TypeID.int2Array, TypeID.int4Array, TypeID.textArray,
    TypeID.bpcharArray, TypeID.varcharArray, TypeID.int8Array, TypeID.float4Array,
    TypeID.float8Array, TypeID.dateArray, TypeID.timestamptzArray, TypeID.uuidArray,
    TypeID.jsonArray, TypeID.jsonbArray,
  ]

  init(_ cell: borrowing Cell) throws(PostgresError) {
    guard Self.arrayTypes.contains(cell.type) || cell.type >= TypeID.firstOfDatabase else {
      throw cell.mismatch("array")
    }
    unsafe bytes = try cell.bytes()
    let dimensions = try int32()
    _ = try int32()  // Whether NULLs occur: every element says so itself.
    elementType = UInt32(bitPattern: try int32())
    switch dimensions {
    case 0: break
    case 1:
      left = Int(try int32())
      _ = try int32()  // The lower bound does not matter here.
    default: throw cell.mismatch("array of one dimension")
    }
    // Four bytes of length an element: a count that cannot be true is no array at all.
    guard left >= 0, left <= (unsafe bytes.count - offset) / 4 else {
      throw cell.mismatch("array")
    }
  }

  mutating func next() throws(PostgresError) -> Cell? {
    guard left > 0 else { return nil }
    left -= 1
    let length = Int(try int32())
    guard length >= 0 else { return unsafe Cell(type: elementType, lent: nil) }
    guard unsafe length <= bytes.count - offset else { throw Self.cut }
    defer { offset += length }
    return unsafe Cell(type: elementType, lent: .init(rebasing: bytes[offset..<offset + length]))
  }

  private mutating func int32() throws(PostgresError) -> Int32 {
    guard unsafe bytes.count - offset >= 4 else { throw Self.cut }
    defer { offset += 4 }
    return unsafe Int32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Int32.self))
  }

  private static var cut: PostgresError { PostgresError(.badColumn, "array ends too early") }
}
