internal import CPostgres
internal import Glibc

extension Connection {
  /// Runs a `COPY … FROM STDIN` and sends what `next` gives until it says nil. After an error, also
  /// one of `next`, the session is of no more use, and the server forgets what was copied.
  mutating func copy(_ command: String, _ next: () throws -> [UInt8]?) throws {
    isMidway = true
    guard unsafe PQexitPipelineMode(handle) == 1, unsafe PQsendQuery(handle, command) == 1 else {
      throw lost()
    }
    try expect(PGRES_COPY_IN)
    while let bytes = try next() { try send(copied: bytes) }
    while unsafe try !isTaken(PQputCopyEnd(handle, nil)) { try flush() }
    try expect(PGRES_COMMAND_OK)
    guard unsafe try nextResult() == nil, unsafe PQenterPipelineMode(handle) == 1 else {
      throw lost()
    }
    isMidway = false
  }

  private mutating func expect(_ status: ExecStatusType) throws(PostgresError) {
    guard let result = unsafe try nextResult() else { throw lost() }
    defer { unsafe PQclear(result) }
    guard unsafe PQresultStatus(result) == status else { throw unsafe refusal(result) }
  }

  private func send(copied bytes: [UInt8]) throws(PostgresError) {
    while true {
      let status = unsafe bytes.withUnsafeBytes { buffer in
        unsafe PQputCopyData(
          handle, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(buffer.count))
      }
      if try isTaken(status) { return }
      try flush()
    }
  }

  private func isTaken(_ status: Int32) throws(PostgresError) -> Bool {
    guard status >= 0 else { throw lost() }
    return status == 1
  }

  /// Waits until the server has taken everything.
  private func flush() throws(PostgresError) {
    let deadline = Deadline(after: answerTimeout)
    while true {
      let left = unsafe PQflush(handle)
      guard left >= 0 else { throw lost() }
      if left == 0 { return }
      guard unsafe waitForSocket(PQsocket(handle), Int16(POLLIN | POLLOUT), until: deadline) else {
        throw PostgresError(.connectionLost, "the server took nothing within \(answerTimeout)")
      }
      guard unsafe PQconsumeInput(handle) == 1 else { throw lost() }
    }
  }
}
