internal import COpenSSL
internal import CTLS
internal import Crypto

/// TLS as a filter: bytes in, bytes out, and no socket of its own.
/// Safe because it owns its handles, and only it uses them.
@safe struct TLSSession: ~Copyable {
  private let context: OpaquePointer
  private let session: OpaquePointer
  /// What has come from the server, and what is to go there. The session owns both.
  private let arrived: OpaquePointer
  private let leaving: OpaquePointer

  private static let chunkSize = 1 << 14

  /// Throws `.connectFailed` when a file cannot be used.
  init(_ wishes: TLSWishes, host: String) throws(PostgresError) {
    guard let context = unsafe SSL_CTX_new(TLS_client_method()) else { Self.isOutOfMemory() }
    do throws(PostgresError) {
      unsafe try Self.prepare(context, wishes)
    } catch {
      unsafe SSL_CTX_free(context)
      throw error
    }
    guard let session = unsafe SSL_new(context), let arrived = unsafe BIO_new(BIO_s_mem()),
      let leaving = unsafe BIO_new(BIO_s_mem())
    else { Self.isOutOfMemory() }
    unsafe (self.context, self.session) = (context, session)
    unsafe (self.arrived, self.leaving) = (arrived, leaving)
    unsafe SSL_set_bio(session, arrived, leaving)
    unsafe SSL_set_connect_state(session)
    unsafe CTLS_set_server_name(session, host)
    if wishes.checksName, unsafe CTLS_check_name(session, host) != 1 { Self.isOutOfMemory() }
  }

  deinit {
    unsafe SSL_free(session)
    unsafe SSL_CTX_free(context)
  }

  private static func prepare(
    _ context: OpaquePointer, _ wishes: TLSWishes
  ) throws(PostgresError) {
    unsafe CTLS_require_tls_1_2(context)
    if wishes.checksCertificate {
      unsafe SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
      let known =
        if let file = wishes.rootCertificate, file != TLSWishes.system {
          unsafe SSL_CTX_load_verify_file(context, file)
        } else {
          unsafe SSL_CTX_set_default_verify_paths(context)
        }
      guard known == 1 else { throw failure("sslrootcert") }
    }
    if let file = wishes.certificate {
      let key = wishes.key ?? file
      guard unsafe SSL_CTX_use_certificate_chain_file(context, file) == 1,
        unsafe SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) == 1
      else { throw failure("sslcert, sslkey") }
    }
  }

  /// Takes the handshake as far as it goes. False while the server has to say more.
  func isOpen() throws(PostgresError) -> Bool {
    ERR_clear_error()  // What others have left there would be taken for an error of this.
    let result = unsafe SSL_do_handshake(session)
    if result == 1 { return true }
    guard unsafe SSL_get_error(session, result) == SSL_ERROR_WANT_READ else {
      throw Self.failure("TLS")
    }
    return false
  }

  func add(_ bytes: [UInt8]) {
    _ = unsafe BIO_write(arrived, bytes, Int32(bytes.count))
  }

  func takeEncrypted() -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: unsafe BIO_ctrl_pending(leaving))
    if !bytes.isEmpty { _ = unsafe BIO_read(leaving, &bytes, Int32(bytes.count)) }
    return bytes
  }

  func encrypt(_ bytes: [UInt8]) throws(PostgresError) {
    guard !bytes.isEmpty else { return }
    ERR_clear_error()
    guard unsafe SSL_write(session, bytes, Int32(bytes.count)) == bytes.count else {
      throw Self.failure("TLS")
    }
  }

  /// Nil when nothing can be said any more.
  func lastRecord(_ bytes: [UInt8]) -> [UInt8]? {
    do throws(PostgresError) {
      try encrypt(bytes)
      return takeEncrypted()
    } catch {
      return nil
    }
  }

  /// What can be read so far.
  func takeClear() throws(PostgresError) -> [UInt8] {
    var clear: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: Self.chunkSize)
    ERR_clear_error()
    while true {
      let count = unsafe SSL_read(session, &chunk, Int32(chunk.count))
      guard count > 0 else {
        // The server's last words may come together with its goodbye.
        if !clear.isEmpty { return clear }
        switch unsafe SSL_get_error(session, count) {
        case SSL_ERROR_WANT_READ: return []
        case SSL_ERROR_ZERO_RETURN:
          throw PostgresError(.connectionLost, "the server ended TLS")
        default: throw PostgresError(.connectionLost, Self.failure("TLS").message)
        }
      }
      clear += chunk.prefix(Int(count))
    }
  }

  /// The hash of the server's certificate that a login is bound to (RFC 5929,
  /// `tls-server-end-point`). Nil where the RFC defines none.
  func certificateHash() -> [UInt8]? {
    var hash = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    let count = unsafe CTLS_server_certificate_hash(session, &hash)
    return count > 0 ? Array(hash.prefix(Int(count))) : nil
  }

  private static func failure(_ what: String) -> PostgresError {
    PostgresError(.connectFailed, CryptoError(what).description)
  }

  private static func isOutOfMemory() -> Never { fatalError("OpenSSL has no memory left") }
}
