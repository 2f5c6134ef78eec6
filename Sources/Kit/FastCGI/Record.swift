/// One record of FastCGI 1.0, the unit in which both sides speak.
struct Record {
  enum Kind: UInt8 {
    case beginRequest = 1
    case abortRequest, endRequest, parameters, input, output, errors, data
    case getValues, getValuesResult, unknownKind
  }

  static let version: UInt8 = 1
  static let headerBytes = 8
  static let contentBytesMax = 65_535
  /// The request id of records that concern the connection, not a request.
  static let management: UInt16 = 0
  /// The one role served here: answering requests.
  static let responder: UInt16 = 1

  /// The number of the kind: a web server may send kinds nobody knows.
  let kind: UInt8
  let id: UInt16
  let content: ArraySlice<UInt8>
}

/// How a request ended, in FCGI_END_REQUEST.
enum ProtocolStatus: UInt8 {
  case complete = 0
  case cannotMultiplex
  case overloaded
  case unknownRole
}

/// The web server does not speak FastCGI as it should. Nothing that follows on this connection
/// can be trusted.
enum ProtocolFault: Error {
  case version
  case malformed
  case unexpected
  case tooLarge
}

extension [UInt8] {
  mutating func append(recordHeader kind: Record.Kind, id: UInt16, contentBytes: Int) {
    append(Record.version)
    append(kind.rawValue)
    append(UInt8(truncatingIfNeeded: id >> 8))
    append(UInt8(truncatingIfNeeded: id))
    append(UInt8(truncatingIfNeeded: contentBytes >> 8))
    append(UInt8(truncatingIfNeeded: contentBytes))
    append(0)  // no padding
    append(0)
  }

  mutating func append(endOf id: UInt16, _ status: ProtocolStatus) {
    append(recordHeader: .endRequest, id: id, contentBytes: 8)
    append(contentsOf: [0, 0, 0, 0, status.rawValue, 0, 0, 0])
  }
}
