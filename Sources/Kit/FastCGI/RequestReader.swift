internal import HTTP

/// Puts the bytes of one connection together to requests, as they come. It keeps what is not yet
/// complete, so that no worker waits for a slow web server.
///
/// Written here rather than left to libfcgi, which overruns its stack on a GET_VALUES record that
/// repeats a name, blocks inside one record until the next, and sends in pieces of 8 KB.
struct RequestReader {
  enum Event {
    /// A whole request. After the answer the connection stays open if `keeps`.
    case request(Request, id: UInt16, keeps: Bool)
    /// Something the protocol itself answers.
    case reply([UInt8], keeps: Bool)
  }

  private var input: [UInt8] = []
  private var position = 0
  private var draft: RequestDraft?

  /// Adds what was read from the connection. `next` is to be called until it says nil.
  mutating func append(_ bytes: ArraySlice<UInt8>) { input.append(contentsOf: bytes) }

  /// Nil when more bytes are needed. After a fault the connection is of no more use.
  mutating func next() throws(ProtocolFault) -> Event? {
    while let record = try nextRecord() {
      if let event = try take(record) { return event }
    }
    forgetRead()
    return nil
  }

  private mutating func nextRecord() throws(ProtocolFault) -> Record? {
    guard input.count - position >= Record.headerBytes else { return nil }
    guard input[position] == Record.version else { throw .version }
    let start = position + Record.headerBytes
    let end = start + Int(input[position + 4]) << 8 + Int(input[position + 5])
    let padded = end + Int(input[position + 6])
    guard input.count >= padded else { return nil }
    defer { position = padded }
    return Record(
      kind: input[position + 1],
      id: UInt16(input[position + 2]) << 8 | UInt16(input[position + 3]),
      content: input[start..<end])
  }

  private mutating func forgetRead() {
    if position == input.count {
      // An idle connection keeps little.
      input.removeAll(keepingCapacity: input.capacity <= 4096)
    } else {
      input.removeFirst(position)
    }
    position = 0
  }

  private mutating func take(_ record: Record) throws(ProtocolFault) -> Event? {
    let kind = Record.Kind(rawValue: record.kind)
    if kind == .beginRequest { return try begin(record) }
    if record.id == Record.management {
      return .reply(try ManagementReply.bytes(to: record), keeps: true)
    }
    // Others are of a request that was refused or has ended.
    guard var draft, draft.id == record.id else { return nil }
    self.draft = nil
    switch kind {
    case .parameters: try draft.add(parameters: record.content)
    case .input where !record.content.isEmpty: try draft.add(input: record.content)
    case .input: return .request(try draft.request(), id: draft.id, keeps: draft.keeps)
    case .abortRequest: return end(draft.id, .complete, keeps: draft.keeps)
    default: throw .unexpected
    }
    self.draft = draft
    return nil
  }

  private mutating func begin(_ record: Record) throws(ProtocolFault) -> Event? {
    let content = Array(record.content)
    guard content.count == 8, record.id != Record.management else { throw .malformed }
    if let draft {
      guard draft.id != record.id else { throw .unexpected }
      return end(record.id, .cannotMultiplex, keeps: true)
    }
    let role = UInt16(content[0]) << 8 | UInt16(content[1])
    let keeps = content[2] & 1 == 1
    guard role == Record.responder else { return end(record.id, .unknownRole, keeps: keeps) }
    draft = RequestDraft(id: record.id, keeps: keeps)
    return nil
  }

  private func end(_ id: UInt16, _ status: ProtocolStatus, keeps: Bool) -> Event {
    var bytes: [UInt8] = []
    bytes.append(endOf: id, status)
    return .reply(bytes, keeps: keeps)
  }
}
