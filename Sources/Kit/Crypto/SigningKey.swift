internal import COpenSSL

/// A private key on the curve P-256, which signs as ES256 (RFC 7518, section 3.4).
@safe
package final class SigningKey: @unchecked Sendable {
  // SAFETY: the only owner of the key, which is never changed; OpenSSL lets threads sign with
  // and read one key at the same time.
  private let key: OpaquePointer

  private init(owning key: OpaquePointer) { unsafe self.key = key }

  deinit { unsafe EVP_PKEY_free(key) }

  /// Throws when OpenSSL has no randomness.
  package static func generate() throws(CryptoError) -> SigningKey {
    ERR_clear_error()
    guard let context = unsafe EVP_PKEY_CTX_new_from_name(nil, "EC", nil) else {
      throw CryptoError("key context")
    }
    defer { unsafe EVP_PKEY_CTX_free(context) }
    var key: OpaquePointer?
    try OpenSSL.check(unsafe EVP_PKEY_keygen_init(context), "key generation")
    try OpenSSL.check(unsafe EVP_PKEY_CTX_set_group_name(context, "P-256"), "key curve")
    try OpenSSL.check(unsafe EVP_PKEY_generate(context, &key), "key generation")
    guard let key = unsafe key else { throw CryptoError("key generation") }
    return unsafe SigningKey(owning: key)
  }

  /// Throws unless it is a private key on P-256, without a passphrase.
  package init(pem: [UInt8]) throws(CryptoError) {
    ERR_clear_error()
    guard let buffer = unsafe BIO_new_mem_buf(pem, Int32(pem.count)) else {
      throw CryptoError("reading a private key")
    }
    defer { unsafe BIO_free(buffer) }
    // Without the closure OpenSSL would ask for a passphrase on the terminal.
    guard let key = unsafe PEM_read_bio_PrivateKey(buffer, nil, { _, _, _, _ in -1 }, nil) else {
      throw CryptoError("reading a private key")
    }
    guard unsafe SigningKey.isOnP256(key) else {
      unsafe EVP_PKEY_free(key)
      throw CryptoError("the private key is not on the curve P-256")
    }
    unsafe self.key = key
  }

  /// PKCS #8, not encrypted.
  package func pem() throws(CryptoError) -> [UInt8] {
    ERR_clear_error()
    guard let buffer = unsafe BIO_new(BIO_s_mem()) else {
      throw CryptoError("writing a private key")
    }
    defer { unsafe BIO_free(buffer) }
    try OpenSSL.check(
      unsafe PEM_write_bio_PKCS8PrivateKey(buffer, key, nil, nil, 0, nil, nil),
      "writing a private key")
    var bytes = [UInt8](repeating: 0, count: unsafe BIO_ctrl_pending(buffer))
    let count = unsafe BIO_read(buffer, &bytes, Int32(bytes.count))
    guard count == bytes.count else { throw CryptoError("writing a private key") }
    return bytes
  }

  /// The public point, 32 bytes for each coordinate.
  package func publicPoint() throws(CryptoError) -> (x: [UInt8], y: [UInt8]) {
    (x: try coordinate(OSSL_PKEY_PARAM_EC_PUB_X), y: try coordinate(OSSL_PKEY_PARAM_EC_PUB_Y))
  }

  private func coordinate(_ name: String) throws(CryptoError) -> [UInt8] {
    ERR_clear_error()
    var number: OpaquePointer?
    try OpenSSL.check(unsafe EVP_PKEY_get_bn_param(key, name, &number), "reading a public key")
    defer { unsafe BN_free(number) }
    return try unsafe ECDSASignature.bytes(of: number)
  }

  private static func isOnP256(_ key: OpaquePointer) -> Bool {
    var name = [CChar](repeating: 0, count: 64)
    let result = unsafe EVP_PKEY_get_group_name(key, &name, name.count, nil)
    let bytes = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    return result == 1 && bytes == Array(SN_X9_62_prime256v1.utf8)
  }
}

// MARK: - ES256

extension SigningKey {
  /// 64 bytes: r and s, as JOSE wants them.
  package func signature(of message: [UInt8]) throws(CryptoError) -> [UInt8] {
    ERR_clear_error()
    guard let context = unsafe EVP_MD_CTX_new() else { throw CryptoError("preparing to sign") }
    defer { unsafe EVP_MD_CTX_free(context) }
    try OpenSSL.check(
      unsafe EVP_DigestSignInit(context, nil, EVP_sha256(), nil, key), "preparing to sign")
    var der = [UInt8](repeating: 0, count: ECDSASignature.longestDER)
    var count = der.count
    try OpenSSL.check(
      unsafe EVP_DigestSign(context, &der, &count, message, message.count), "signing")
    return try ECDSASignature.jose(der: Array(der.prefix(count)))
  }

  /// True when this key made the signature of exactly this message.
  package func isValid(_ signature: [UInt8], of message: [UInt8]) -> Bool {
    guard let der = ECDSASignature.der(jose: signature), let context = unsafe EVP_MD_CTX_new()
    else { return false }
    defer { unsafe EVP_MD_CTX_free(context) }
    let valid =
      unsafe (EVP_DigestVerifyInit(context, nil, EVP_sha256(), nil, key) == 1
      && EVP_DigestVerify(context, der, der.count, message, message.count) == 1)
    if !valid { _ = OpenSSL.drainErrors() }  // a wrong signature is an answer, not a failure
    return valid
  }
}
