internal import Glibc

extension String: Column {
  /// Text, varchar, name, json and jsonb, inet, and the types of a database's own that travel as
  /// text: enums and citext.
  package static func decode(_ cell: borrowing Cell) throws(PostgresError) -> String {
    switch cell.type {
    case TypeID.text, TypeID.varchar, TypeID.name, TypeID.json, TypeID.bpchar, TypeID.char,
      TypeID.unknown:
      try cell.text()
    case TypeID.jsonb: try cell.jsonb()
    case TypeID.inet, TypeID.cidr: try cell.address()
    case TypeID.firstOfDatabase...: try cell.databaseText()
    default: throw cell.mismatch("text")
    }
  }
}

extension Cell {
  /// The binary form is a version, always 1, and then the text.
  fileprivate func jsonb() throws(PostgresError) -> String {
    let bytes = unsafe try bytes()
    guard unsafe bytes.first == 1 else { throw mismatch("jsonb of version 1") }
    return unsafe String(decoding: bytes.dropFirst(), as: UTF8.self)
  }

  /// Text never holds a zero byte; the binary form of a composite or an array always does.
  fileprivate func databaseText() throws(PostgresError) -> String {
    guard unsafe try !bytes().contains(0) else { throw mismatch("text: cast it") }
    return try text()
  }

  /// The binary form of inet and cidr: family, bits of the mask, whether it is a cidr, length,
  /// address. Written as Postgres writes it: a full mask is left out of an inet.
  fileprivate func address() throws(PostgresError) -> String {
    let bytes = unsafe try bytes()
    guard bytes.count >= 4, unsafe bytes.count == 4 + Int(bytes[3]) else {
      throw mismatch("inet")
    }
    let family: (id: Int32, size: Int)
    switch unsafe bytes[3] {
    case 4: family = (AF_INET, 4)
    case 16: family = (AF_INET6, 16)
    default: throw mismatch("inet")
    }
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    let address = unsafe bytes.baseAddress?.advanced(by: 4)
    guard unsafe inet_ntop(family.id, address, &text, socklen_t(text.count)) != nil else {
      throw mismatch("inet")
    }
    let written = String(
      decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    let isFull = unsafe Int(bytes[1]) == family.size * 8 && bytes[2] == 0
    return unsafe isFull ? written : "\(written)/\(bytes[1])"
  }
}
