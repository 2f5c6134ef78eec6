internal import HTTP

extension Response {
  /// The answer as CGI and FastCGI want it: a `Status` line, headers, an empty line, the body.
  var cgiBytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(body.count + 1024)
    bytes.append(contentsOf: "Status: \(status) \(Problem.title(of: status))\r\n".utf8)
    for header in headers {
      bytes.append(contentsOf: header.name.utf8)
      bytes.append(contentsOf: ": ".utf8)
      // A line break in a value would begin a header of somebody else's making.
      for byte in header.value.utf8 { bytes.append(byte < 32 || byte == 127 ? 32 : byte) }
      bytes.append(contentsOf: "\r\n".utf8)
    }
    let mayHaveBody = status != 204 && status != 304
    // An answer to HEAD says what the body would have, and has none.
    if mayHaveBody && header("Content-Length") == nil {
      bytes.append(contentsOf: "Content-Length: \(body.count)\r\n".utf8)
    }
    bytes.append(contentsOf: "\r\n".utf8)
    if mayHaveBody { bytes.append(contentsOf: body) }
    return bytes
  }

  /// The whole answer to one FastCGI request, its end included.
  func records(for id: UInt16) -> [UInt8] {
    // A multiple of eight, as the specification recommends.
    let contentBytesMax = Record.contentBytesMax / 8 * 8
    var rest = cgiBytes[...]
    var bytes: [UInt8] = []
    bytes.reserveCapacity(rest.count + (rest.count / contentBytesMax + 4) * Record.headerBytes)
    while !rest.isEmpty {
      let content = rest.removingFirst(min(rest.count, contentBytesMax))
      bytes.append(recordHeader: .output, id: id, contentBytes: content.count)
      bytes.append(contentsOf: content)
    }
    bytes.append(recordHeader: .output, id: id, contentBytes: 0)
    bytes.append(endOf: id, .complete)
    return bytes
  }
}
