/// What goes to the server, collected until it is sent (the manual's "Message Formats").
struct ClientMessages {
  private(set) var bytes: [UInt8] = []

  /// All results are wanted in binary form.
  private static let binary: Int16 = 1
  private static let protocolVersion: Int32 = 196_608  // 3.0
  private static let tlsRequest: Int32 = 80_877_103

  mutating func clear() {
    // One large statement must not keep its memory for good.
    bytes.removeAll(keepingCapacity: bytes.count < 1 << 16)
  }

  // MARK: - Statements

  mutating func parse(_ text: String, _ types: [UInt32], name: String) {
    message("P") { body in
      body.append(zeroEnded: name)
      body.append(zeroEnded: text)
      body.append(bigEndian: UInt16(types.count))
      for type in types { body.append(bigEndian: type) }
    }
  }

  mutating func bind(_ binds: Binds, toStatement name: String) {
    message("B") { body in
      body.append(zeroEnded: "")
      body.append(zeroEnded: name)
      body.append(bigEndian: UInt16(binds.count))
      for format in binds.formats { body.append(bigEndian: format) }
      body.append(bigEndian: UInt16(binds.count))
      body += binds.values
      body.append(bigEndian: 1 as Int16)
      body.append(bigEndian: Self.binary)
    }
  }

  mutating func describeStatement(_ name: String) {
    message("D") { body in
      body.append(UInt8(ascii: "S"))
      body.append(zeroEnded: name)
    }
  }

  mutating func describePortal() {
    message("D") { body in
      body.append(UInt8(ascii: "P"))
      body.append(zeroEnded: "")
    }
  }

  /// Runs what was bound last, to its end.
  mutating func execute() {
    message("E") { body in
      body.append(zeroEnded: "")
      body.append(bigEndian: 0 as Int32)
    }
  }

  mutating func sync() { message("S") { _ in } }

  /// A script of many statements, or a COPY.
  mutating func query(_ script: String) {
    message("Q") { body in body.append(zeroEnded: script) }
  }

  mutating func copyData(_ rows: [UInt8]) { message("d") { body in body += rows } }
  mutating func copyDone() { message("c") { _ in } }

  // MARK: - The session

  mutating func requestTLS() {
    bytes.append(bigEndian: 8 as Int32)
    bytes.append(bigEndian: Self.tlsRequest)
  }

  mutating func startUp(_ parameters: [(name: String, value: String)]) {
    counted { body in
      body.append(bigEndian: Self.protocolVersion)
      for (name, value) in parameters {
        body.append(zeroEnded: name)
        body.append(zeroEnded: value)
      }
      body.append(0)
    }
  }

  mutating func password(_ text: [UInt8]) { message("p") { body in body += text + [0] } }

  mutating func beginSCRAM(_ mechanism: String, _ text: [UInt8]) {
    message("p") { body in
      body.append(zeroEnded: mechanism)
      body.append(bigEndian: Int32(text.count))
      body += text
    }
  }

  mutating func continueSCRAM(_ text: [UInt8]) { message("p") { body in body += text } }

  mutating func terminate() { message("X") { _ in } }

  private mutating func message(_ kind: Unicode.Scalar, _ write: (inout [UInt8]) -> Void) {
    bytes.append(UInt8(ascii: kind))
    counted(write)
  }

  /// The length counts itself.
  private mutating func counted(_ write: (inout [UInt8]) -> Void) {
    let start = bytes.count
    bytes.append(bigEndian: 0 as Int32)
    write(&bytes)
    let length = UInt32(truncatingIfNeeded: bytes.count - start)
    for index in 0..<4 {
      bytes[start + index] = UInt8(truncatingIfNeeded: length >> UInt32(24 - 8 * index))
    }
  }
}

extension [UInt8] {
  fileprivate mutating func append(zeroEnded text: String) {
    append(contentsOf: text.utf8)
    append(0)
  }
}
