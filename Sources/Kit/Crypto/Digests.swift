internal import COpenSSL

package enum SHA256 {
  /// 32 bytes.
  package static func hash(_ bytes: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 32)
    let result = unsafe EVP_Digest(bytes, bytes.count, &digest, nil, EVP_sha256(), nil)
    OpenSSL.mustSucceed(result == 1, "SHA-256")
    return digest
  }
}

package enum SHA512 {
  /// 64 bytes.
  package static func hash(_ bytes: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 64)
    let result = unsafe EVP_Digest(bytes, bytes.count, &digest, nil, EVP_sha512(), nil)
    OpenSSL.mustSucceed(result == 1, "SHA-512")
    return digest
  }
}

package enum HMACSHA256 {
  /// The 32 bytes that only a holder of the key can make. Compare with `constantTimeEqual`.
  package static func code(_ bytes: [UInt8], key: [UInt8]) -> [UInt8] {
    var code = [UInt8](repeating: 0, count: 32)
    let result = unsafe HMAC(
      EVP_sha256(), key, Int32(key.count), bytes, bytes.count, &code, nil)
    OpenSSL.mustSucceed(unsafe result != nil, "HMAC-SHA-256")
    return code
  }
}

/// Takes as long for a wrong last byte as for a wrong first one. Only the lengths, which are no
/// secret, may end it early.
package func constantTimeEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
  guard left.count == right.count else { return false }
  return unsafe CRYPTO_memcmp(left, right, left.count) == 0
}
