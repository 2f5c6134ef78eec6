import Processes
import Testing

/// Sends bytes that no HTTP client would, by the shell's own sockets.
enum RawConnection {
  static func exchange(_ text: String, with url: String) throws -> String {
    let port = try #require(url.split(separator: ":").last)
    let escaped = text.utf8.map { "\\x" + hex($0) }.joined()
    let script = """
      exec 3<>/dev/tcp/127.0.0.1/\(port)
      printf '\(escaped)' >&3
      timeout 5 cat <&3
      """
    return try ChildProcess.run(["bash", "-c", script]).text
  }

  private static func hex(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16)
    return digits.count == 1 ? "0\(digits)" : digits
  }
}
