internal import COpenSSL
package import Core

/// AES-256 in GCM mode: what comes out cannot be read, and cannot be changed unnoticed, without
/// the key. The form is nonce (12 bytes), then as many bytes as went in, then the tag (16).
package enum AESGCM {
  private static let nonceLength = 12
  private static let tagLength = 16

  /// The key must have 32 bytes.
  package static func seal(
    _ plain: [UInt8], key: [UInt8], randomness: Randomness = .system
  ) -> [UInt8] {
    precondition(key.count == 32, "AES-256 takes a key of 32 bytes")
    let nonce = randomness.bytes(nonceLength)
    var sealed = [UInt8](repeating: 0, count: plain.count)
    var tag = [UInt8](repeating: 0, count: tagLength)
    var length: Int32 = 0
    let context = unsafe newContext()
    defer { unsafe EVP_CIPHER_CTX_free(context) }
    let succeeded =
      unsafe (EVP_EncryptInit_ex2(context, EVP_aes_256_gcm(), key, nonce, nil) == 1
      && EVP_EncryptUpdate(context, &sealed, &length, plain, Int32(plain.count)) == 1
      && EVP_EncryptFinal_ex(context, nil, &length) == 1
      && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, Int32(tagLength), &tag) == 1)
    OpenSSL.mustSucceed(succeeded, "AES-256-GCM seal")
    return nonce + sealed + tag
  }

  /// Nil when it was not sealed with this key, or was changed.
  package static func open(_ sealed: [UInt8], key: [UInt8]) -> [UInt8]? {
    guard key.count == 32, sealed.count >= nonceLength + tagLength else { return nil }
    let nonce = Array(sealed.prefix(nonceLength))
    var tag = Array(sealed.suffix(tagLength))
    let text = Array(sealed.dropFirst(nonceLength).dropLast(tagLength))
    var plain = [UInt8](repeating: 0, count: text.count)
    var length: Int32 = 0
    let context = unsafe newContext()
    defer { unsafe EVP_CIPHER_CTX_free(context) }
    let succeeded =
      unsafe (EVP_DecryptInit_ex2(context, EVP_aes_256_gcm(), key, nonce, nil) == 1
      && EVP_DecryptUpdate(context, &plain, &length, text, Int32(text.count)) == 1
      && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(tagLength), &tag) == 1
      && EVP_DecryptFinal_ex(context, nil, &length) == 1)
    guard succeeded else {
      _ = OpenSSL.drainErrors()  // a wrong tag is an answer, not a failure
      return nil
    }
    return plain
  }

  private static func newContext() -> OpaquePointer {
    guard let context = unsafe EVP_CIPHER_CTX_new() else {
      fatalError(CryptoError("AES-256-GCM context").description)
    }
    return unsafe context
  }
}
