internal import HTTP

/// What a web server may ask about the connection itself. nginx never does.
enum ManagementReply {
  private static let values = [
    "FCGI_MAX_CONNS": String(Server.connectionsMax), "FCGI_MAX_REQS": String(Server.connectionsMax),
    "FCGI_MPXS_CONNS": "0",
  ]

  static func bytes(to record: Record) throws(ProtocolFault) -> [UInt8] {
    guard record.kind == Record.Kind.getValues.rawValue else { return unknown(record.kind) }
    let asked = Set(try NameValuePairs.read(record.content).map(\.name))
    var content: [UInt8] = []
    // Each once, however often it was asked for.
    for (name, value) in values.sorted(by: { $0.key < $1.key }) where asked.contains(name) {
      content.append(UInt8(name.utf8.count))
      content.append(UInt8(value.utf8.count))
      content.append(contentsOf: name.utf8)
      content.append(contentsOf: value.utf8)
    }
    var bytes: [UInt8] = []
    bytes.append(
      recordHeader: .getValuesResult, id: Record.management, contentBytes: content.count)
    return bytes + content
  }

  private static func unknown(_ kind: UInt8) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(recordHeader: .unknownKind, id: Record.management, contentBytes: 8)
    return bytes + [kind, 0, 0, 0, 0, 0, 0, 0]
  }
}
