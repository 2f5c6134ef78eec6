package import Core
internal import Glibc
package import HTTP

/// One request from the environment and standard input, one answer to standard output: what a
/// host without FastCGI calls.
package enum PlainCGI {
  package static func isCalled(_ environment: Environment) -> Bool {
    environment[Field.requestMethod.parameter] != nil
  }

  package static func serve(_ environment: Environment, _ respond: (Request) -> Answer) {
    let request = Request(
      parameters: environment.all.map { Request.Parameter($0.key, $0.value) },
      body: StandardInput())
    writeAll(respond(request).settled().cgiBytes)
  }

  private struct StandardInput: BodyReader {
    func read(_ count: Int) throws(BodyError) -> [UInt8] {
      guard count >= 0 else { throw .cutShort }
      let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
        while filled < count {
          let rest = unsafe UnsafeMutableRawPointer(buffer.baseAddress)?.advanced(by: filled)
          let read = unsafe Glibc.read(0, rest, count - filled)
          if read < 0 && errno == EINTR { continue }
          guard read > 0 else { break }
          filled += read
        }
      }
      guard bytes.count == count else { throw .cutShort }
      return bytes
    }
  }

  private static func writeAll(_ bytes: [UInt8]) {
    var sent = 0
    while sent < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { buffer in
        unsafe write(1, buffer.baseAddress?.advanced(by: sent), buffer.count - sent)
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return }
      sent += count
    }
  }
}
