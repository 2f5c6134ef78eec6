internal import COpenSSL

/// What OpenSSL could not do, with the reasons it gives.
package struct CryptoError: Error, CustomStringConvertible {
  package let operation: String
  package let reasons: [String]

  /// Takes the reasons that OpenSSL has kept for this thread, so that none stays behind.
  package init(_ operation: String) {
    self.operation = operation
    reasons = OpenSSL.drainErrors()
  }

  package var description: String {
    reasons.isEmpty ? operation : "\(operation): \(reasons.joined(separator: "; "))"
  }
}

enum OpenSSL {
  /// Success is 1 and nothing else: some functions answer with 0, others below, for a failure.
  static func check(_ result: Int32, _ operation: String) throws(CryptoError) {
    guard result == 1 else { throw CryptoError(operation) }
  }

  /// For what fails only when the library is broken or memory is used up.
  static func mustSucceed(_ succeeded: Bool, _ operation: String) {
    guard succeeded else { fatalError(CryptoError(operation).description) }
  }

  static func drainErrors() -> [String] {
    var reasons: [String] = []
    while case let code = ERR_get_error(), code != 0 {
      var text = [CChar](repeating: 0, count: 256)
      unsafe ERR_error_string_n(code, &text, text.count)
      let bytes = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
      reasons.append(String(decoding: bytes, as: UTF8.self))
    }
    return reasons
  }
}
