internal import CCurl

/// What arrives while one request runs. Curl calls back into it, on the same thread.
final class Transfer {
  static let longestHeaders = 256 * 1024

  let longestBody: Int
  private(set) var body: [UInt8] = []
  private(set) var headers: [(name: String, value: String)] = []
  private(set) var isTooLong = false
  private var headerBytes = 0

  init(longestBody: Int) { self.longestBody = longestBody }

  static let takeBody: CCurl_writer = { bytes, size, count, context in
    unsafe Transfer.with(bytes, size * count, context) { unsafe $0.append(body: $1) }
  }

  static let takeHeader: CCurl_writer = { bytes, size, count, context in
    unsafe Transfer.with(bytes, size * count, context) { unsafe $0.append(headerLine: $1) }
  }

  /// Any other count than that of the bytes given ends the transfer.
  private static func with(
    _ bytes: UnsafeMutablePointer<CChar>?, _ count: Int, _ context: UnsafeMutableRawPointer?,
    _ take: (Transfer, UnsafeRawBufferPointer) -> Void
  ) -> Int {
    guard let context = unsafe context else { return 0 }
    // SAFETY: `HTTPClient.send` keeps the transfer alive until curl has returned.
    let transfer = unsafe Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    unsafe take(transfer, UnsafeRawBufferPointer(start: bytes, count: count))
    return transfer.isTooLong ? 0 : count
  }

  private func append(body bytes: UnsafeRawBufferPointer) {
    isTooLong = isTooLong || bytes.count > longestBody - body.count
    if !isTooLong { unsafe body.append(contentsOf: bytes) }
  }

  private func append(headerLine bytes: UnsafeRawBufferPointer) {
    headerBytes += bytes.count
    isTooLong = isTooLong || headerBytes > Self.longestHeaders
    let line = unsafe String(decoding: bytes, as: UTF8.self)
    if line.hasPrefix("HTTP/") {
      headers = []  // those before were of an interim answer, such as 100
    } else if let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")) {
      let value = line[line.utf8.index(after: colon)...]
      headers.append((name: line[..<colon].lowercased(), value: trimmed(value)))
    }
  }

  private func trimmed(_ text: Substring) -> String {
    let isSpace = { (byte: UInt8) in [0x20, 0x09, 0x0d, 0x0a].contains(byte) }
    let start = text.utf8.drop(while: isSpace)
    let end = start.lastIndex { !isSpace($0) }
    return end.map { String(Substring(start[...$0])) } ?? ""
  }
}
