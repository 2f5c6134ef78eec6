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

package enum PBKDF2SHA256 {
  /// 32 bytes, as hard to come by as there are rounds.
  package static func key(_ password: [UInt8], salt: [UInt8], rounds: Int) -> [UInt8] {
    var key = [UInt8](repeating: 0, count: 32)
    let result = unsafe password.withUnsafeBytes { password in
      unsafe PKCS5_PBKDF2_HMAC(
        password.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(password.count), salt,
        Int32(salt.count), Int32(rounds), EVP_sha256(), 32, &key)
    }
    OpenSSL.mustSucceed(result == 1, "PBKDF2")
    return key
  }
}

/// For the one protocol that still asks for it; good for nothing else.
package enum MD5 {
  /// 16 bytes. Throws where the machine forbids it.
  package static func hash(_ bytes: [UInt8]) throws(CryptoError) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 16)
    try OpenSSL.check(
      unsafe EVP_Digest(bytes, bytes.count, &digest, nil, EVP_md5(), nil), "MD5")
    return digest
  }
}

/// Takes as long for a wrong last byte as for a wrong first one. Only the lengths, which are no
/// secret, may end it early.
package func constantTimeEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
  guard left.count == right.count else { return false }
  return unsafe CRYPTO_memcmp(left, right, left.count) == 0
}
