internal import COpenSSL

/// OpenSSL writes a signature on P-256 as DER, JOSE as two numbers of 32 bytes.
enum ECDSASignature {
  static let longestDER = 72
  private static let numberLength = 32

  static func jose(der: [UInt8]) throws(CryptoError) -> [UInt8] {
    var position: UnsafePointer<UInt8>?
    let signature = unsafe der.withUnsafeBufferPointer { bytes in
      unsafe position = bytes.baseAddress
      return unsafe d2i_ECDSA_SIG(nil, &position, bytes.count)
    }
    defer { unsafe ECDSA_SIG_free(signature) }
    guard unsafe signature != nil else { throw CryptoError("reading a signature") }
    let first = try unsafe bytes(of: ECDSA_SIG_get0_r(signature))
    let second = try unsafe bytes(of: ECDSA_SIG_get0_s(signature))
    return first + second
  }

  /// Nil unless there are exactly 64 bytes.
  static func der(jose: [UInt8]) -> [UInt8]? {
    guard jose.count == 2 * numberLength, let signature = unsafe ECDSA_SIG_new() else { return nil }
    defer { unsafe ECDSA_SIG_free(signature) }
    let r = unsafe BN_bin2bn(jose, Int32(numberLength), nil)
    let s = unsafe BN_bin2bn(Array(jose.suffix(numberLength)), Int32(numberLength), nil)
    guard unsafe ECDSA_SIG_set0(signature, r, s) == 1 else {
      unsafe BN_free(r)
      unsafe BN_free(s)
      return nil
    }
    var der = [UInt8](repeating: 0, count: longestDER)
    let count = unsafe der.withUnsafeMutableBufferPointer { bytes in
      var position = bytes.baseAddress
      return unsafe i2d_ECDSA_SIG(signature, &position)
    }
    return count > 0 ? Array(der.prefix(Int(count))) : nil
  }

  /// A number of the curve in its full 32 bytes, with leading zeros.
  static func bytes(of number: OpaquePointer?) throws(CryptoError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: numberLength)
    guard unsafe BN_bn2binpad(number, &bytes, Int32(numberLength)) == numberLength else {
      throw CryptoError("reading a number of the curve")
    }
    return bytes
  }
}
