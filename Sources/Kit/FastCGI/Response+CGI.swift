internal import HTTP

extension Response {
  /// The answer as CGI and FastCGI want it: a `Status` line, headers, an empty line, the body.
  var cgiBytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(body.count + 512)
    bytes.append(contentsOf: "Status: \(status) \(Problem.title(of: status))\r\n".utf8)
    for header in headers {
      bytes.append(contentsOf: header.name.utf8)
      bytes.append(contentsOf: ": ".utf8)
      // A line break in a value would begin a header of somebody else's making.
      for byte in header.value.utf8 { bytes.append(byte < 32 || byte == 127 ? 32 : byte) }
      bytes.append(contentsOf: "\r\n".utf8)
    }
    if status != 204 && status != 304 {
      bytes.append(contentsOf: "Content-Length: \(body.count)\r\n".utf8)
    }
    bytes.append(contentsOf: "\r\n".utf8)
    bytes.append(contentsOf: body)
    return bytes
  }
}
