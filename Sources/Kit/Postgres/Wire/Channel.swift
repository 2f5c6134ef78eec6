internal import Core
internal import Glibc

/// Bytes to and from the server, in clear or by TLS. Every wait has a bound.
struct Channel: ~Copyable {
  private let socket: Int32
  /// For each answer, once the session is open.
  private var timeout: Duration
  private var isOpen = false
  private var tls: TLSSession?
  /// What has come and was not looked at yet: from `start` to `end`.
  private var incoming = [UInt8](repeating: 0, count: Self.usualSize)
  private var start = 0
  private var end = 0

  private static let usualSize = 1 << 14
  /// Less room than this is not worth a call.
  private static let roomMin = 1 << 12
  private static let withoutWaiting = Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)
  /// No server sends more in one message.
  private static let messageMax = 1 << 30

  /// Takes over a connected socket that blocks.
  init(_ socket: Int32, openingWithin timeout: Duration) {
    self.socket = socket
    self.timeout = timeout
  }

  /// Says goodbye if that can be done at once: a server that hears nothing logs a lost client.
  deinit {
    var goodbye = ClientMessages()
    goodbye.terminate()
    let bytes = tls?.lastRecord(goodbye.bytes) ?? goodbye.bytes
    _ = unsafe Glibc.send(socket, bytes, bytes.count, Self.withoutWaiting)
    close(socket)
  }

  /// From now on each answer has that long. The kernel keeps the time: one call then waits and
  /// reads.
  mutating func isOpened(answeringWithin timeout: Duration) {
    (self.timeout, isOpen) = (timeout, true)
    waitAtMost(milliseconds: timeout.milliseconds)
  }

  private func waitAtMost(milliseconds: Int64) {
    let milliseconds = Int(max(milliseconds, 1))
    var bound = timeval(tv_sec: milliseconds / 1000, tv_usec: milliseconds % 1000 * 1000)
    unsafe setsockopt(
      socket, SOL_SOCKET, SO_RCVTIMEO, &bound, socklen_t(MemoryLayout<timeval>.size))
  }

  // MARK: - TLS

  /// The server's one byte that says whether it speaks TLS. Nothing behind it may be read yet:
  /// it would be taken for something said under TLS.
  func answerToTLSRequest(until deadline: Deadline) throws(PostgresError) -> UInt8 {
    var byte: [UInt8] = [0]
    _ = try receive(into: &byte, at: 0, until: deadline)
    return byte[0]
  }

  mutating func startTLS(
    _ session: consuming TLSSession, until deadline: Deadline
  ) throws(PostgresError) {
    while try !session.isOpen() {
      try transmit(session.takeEncrypted(), until: deadline)
      try session.add(receiveSome(until: deadline))
    }
    try transmit(session.takeEncrypted(), until: deadline)
    tls = consume session
  }

  /// What binds a login to this connection, nil in clear.
  func binding() -> [UInt8]? { tls?.certificateHash() }

  // MARK: - Sending

  mutating func send(
    _ messages: ClientMessages, until deadline: Deadline
  ) throws(PostgresError) {
    guard tls != nil else { return try transmit(messages.bytes, until: deadline) }
    try tls?.encrypt(messages.bytes)
    try transmit(tls?.takeEncrypted() ?? [], until: deadline)
  }

  /// Takes in what the server says meanwhile: it may not listen before it has said it.
  private mutating func transmit(
    _ bytes: [UInt8], until deadline: Deadline
  ) throws(PostgresError) {
    var sent = 0
    while sent < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { buffer in
        unsafe Glibc.send(
          socket, buffer.baseAddress?.advanced(by: sent), buffer.count - sent,
          Self.withoutWaiting)
      }
      if count >= 0 {
        sent += count
      } else if errno == EAGAIN {
        try waitToSend(until: deadline)
      } else if errno == EPIPE || errno == ECONNRESET {
        return  // Its last words, which say why, may have come: whoever listens hears them.
      } else if errno != EINTR {
        throw lost(count)
      }
    }
  }

  private mutating func waitToSend(until deadline: Deadline) throws(PostgresError) {
    // While the session opens, little is said, and it may not be in clear any more.
    let events = isOpen ? POLLIN | POLLOUT : POLLOUT
    var entry = pollfd(fd: socket, events: Int16(events), revents: 0)
    let ready = unsafe poll(&entry, 1, deadline.millisecondsLeft)
    if ready < 0, errno == EINTR { return }
    guard ready > 0 else {
      throw PostgresError(.connectionLost, "the server took nothing within \(timeout)")
    }
    if entry.revents & Int16(POLLIN) != 0 { try fill(until: deadline) }
  }

  // MARK: - Receiving

  /// The next message of whatever kind. Who keeps its body makes the next call copy.
  mutating func message(until deadline: Deadline) throws(PostgresError) -> ServerMessage {
    while true {
      if let message = try nextMessage() { return message }
      try fill(until: deadline)
    }
  }

  /// What came unasked while nobody listened. Nil when there is nothing more; throws when the
  /// server has closed the connection.
  mutating func straggler() throws(PostgresError) -> ServerMessage? {
    if let message = try nextMessage() { return message }
    var byte: UInt8 = 0
    let count = unsafe recv(
      socket, &byte, 1, Int32(MSG_DONTWAIT) | Int32(MSG_PEEK))
    if count < 0, errno == EAGAIN || errno == EINTR { return nil }
    guard count > 0 else { throw lost(count) }
    try fill(until: Deadline(after: timeout))
    return try nextMessage()
  }

  private mutating func nextMessage() throws(PostgresError) -> ServerMessage? {
    let available = end - start
    guard available >= 5 else { return nil }
    let length = incoming[(start + 1)..<(start + 5)].reduce(0) { $0 << 8 | Int($1) }
    guard length >= 4, length <= Self.messageMax else {
      throw PostgresError(.connectionLost, "the server does not speak the protocol of Postgres")
    }
    guard available >= length + 1 else { return nil }
    let kind = incoming[start]
    let body = (start + 5)..<(start + 1 + length)
    start = body.upperBound
    return ServerMessage(kind: kind, body: incoming[body])
  }

  /// Waits until something has come.
  private mutating func fill(until deadline: Deadline) throws(PostgresError) {
    if tls == nil {
      makeRoom(for: Self.roomMin)
      var buffer: [UInt8] = []
      swap(&buffer, &incoming)
      defer { swap(&buffer, &incoming) }
      end += try receive(into: &buffer, at: end, until: deadline)
    } else {
      try tls?.add(receiveSome(until: deadline))
      let clear = try tls?.takeClear() ?? []
      makeRoom(for: clear.count)
      incoming.replaceSubrange(end..<(end + clear.count), with: clear)
      // What TLS itself has to answer, such as a change of keys, goes with what is sent next.
      end += clear.count
    }
  }

  private func receiveSome(until deadline: Deadline) throws(PostgresError) -> [UInt8] {
    var chunk = [UInt8](repeating: 0, count: Self.usualSize)
    let count = try receive(into: &chunk, at: 0, until: deadline)
    return Array(chunk.prefix(count))
  }

  private func receive(
    into buffer: inout [UInt8], at offset: Int, until deadline: Deadline
  ) throws(PostgresError) -> Int {
    while true {
      // Also for an answer that trickles in without an end.
      guard !deadline.hasPassed else { throw isSilent() }
      if !isOpen { waitAtMost(milliseconds: Int64(deadline.millisecondsLeft)) }
      let count = unsafe buffer.withUnsafeMutableBytes { buffer in
        unsafe recv(socket, buffer.baseAddress?.advanced(by: offset), buffer.count - offset, 0)
      }
      if count > 0 { return count }
      guard count < 0, errno == EINTR else { throw lost(count) }
    }
  }

  /// At the end of `incoming`; what is done with makes way first.
  private mutating func makeRoom(for count: Int) {
    if start == end {
      if incoming.count > Self.usualSize * 64 {
        incoming = [UInt8](repeating: 0, count: Self.usualSize)
      }
      (start, end) = (0, 0)
    }
    guard incoming.count - end < count else { return }
    let size = incoming.count
    incoming.removeFirst(start)
    (start, end) = (0, end - start)
    let wanted = end + count <= size ? size : max(size * 2, end + count)
    incoming += [UInt8](repeating: 0, count: wanted - incoming.count)
  }

  private func lost(_ count: Int) -> PostgresError {
    if count < 0, errno == EAGAIN { return isSilent() }
    let reason =
      count == 0 ? "the server closed the connection" : unsafe String(cString: strerror(errno))
    return PostgresError(.connectionLost, reason)
  }

  private func isSilent() -> PostgresError {
    PostgresError(.connectionLost, "no answer within \(timeout)")
  }
}
