internal import Core

/// By the simple protocol, which takes many statements in one text.
extension Connection {
  /// Runs a script. Returns whether the session is still in a transaction that can go on.
  mutating func run(script: String) throws(PostgresError) -> Bool {
    guard !script.utf8.contains(0) else {
      throw PostgresError(.invalidValue, "the script holds a zero byte")
    }
    try ask(script)
    var refusal: PostgresError?
    while true {
      do throws(PostgresError) {
        let message = try receive()
        if message.isA("Z") {
          try end(message)
          if let refusal { throw refusal }
          return state == .inTransaction
        }
        // Tags, columns and rows, which nobody wants; a COPY would wait for us.
        guard message.isA("C") || message.isA("T") || message.isA("D") || message.isA("I") else {
          throw PostgresError(.connectionLost, "a script cannot hold a COPY")
        }
      } catch {
        guard refusal == nil, !error.isUnavailable else { throw error }
        refusal = error
      }
    }
  }

  /// Runs a `COPY … FROM STDIN` and sends what `next` gives until it says nil. After an error, also
  /// one of `next`, the session is of no more use, and the server forgets what was copied.
  mutating func copy(_ command: String, _ next: () throws -> [UInt8]?) throws {
    try ask(command)
    try expect("G")
    while let rows = try next() {
      try send { messages in messages.copyData(rows) }
    }
    try send { messages in messages.copyDone() }
    try expect("C")
    try end(try receive())
  }

  private mutating func ask(_ text: String) throws(PostgresError) {
    begin()
    try send { messages in messages.query(text) }
  }
}
