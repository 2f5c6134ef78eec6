internal import CTLS
internal import Glibc

/// One connection as its server sees it: in the clear, until both agree to encrypt it.
@safe
final class Wire {
  private let socket: Int32
  private var buffer: [UInt8] = []
  // SAFETY: the only owner of both, which never leave this object.
  private var context: OpaquePointer?
  private var session: OpaquePointer?

  /// Closes the connection when it goes.
  init(_ socket: Int32) { self.socket = socket }

  deinit {
    unsafe SSL_free(session)
    unsafe SSL_CTX_free(context)
    close(socket)
  }

  var isEncrypted: Bool { unsafe session != nil }

  /// False when the client does not go along, as when it does not trust the certificate.
  func encrypt(_ certificate: TestCertificate) -> Bool {
    signal(SIGPIPE, SIG_IGN)  // OpenSSL writes with `write`, also to a client that has gone
    unsafe context = SSL_CTX_new(TLS_server_method())
    let isReady =
      unsafe SSL_CTX_use_certificate_chain_file(context, certificate.certificate) == 1
      && SSL_CTX_use_PrivateKey_file(context, certificate.key, SSL_FILETYPE_PEM) == 1
    precondition(isReady, "a certificate of a test cannot be used")
    unsafe session = SSL_new(context)
    return unsafe SSL_set_fd(session, socket) == 1 && SSL_accept(session) == 1
  }

  /// What came up to the mark, which is left out. Nil when the client has gone.
  func read(until mark: String) -> String? {
    let mark = Array(mark.utf8)
    while true {
      if let end = buffer.indices.first(where: { buffer[$0...].starts(with: mark) }) {
        defer { buffer.removeFirst(end + mark.count) }
        return String(decoding: buffer[..<end], as: UTF8.self)
      }
      var chunk = [UInt8](repeating: 0, count: 65_536)
      let count =
        if let session = unsafe session {
          Int(unsafe SSL_read(session, &chunk, Int32(chunk.count)))
        } else {
          unsafe recv(socket, &chunk, chunk.count, 0)
        }
      guard count > 0 else { return nil }
      buffer += chunk.prefix(count)
    }
  }

  /// What was said before is not taken for what is said after, as when a command is slipped in
  /// before the encryption begins.
  func forgetWhatCame() { buffer = [] }

  func say(_ line: String) {
    let bytes = Array("\(line)\r\n".utf8)
    if let session = unsafe session {
      _ = unsafe SSL_write(session, bytes, Int32(bytes.count))
    } else {
      _ = unsafe send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }
  }
}
