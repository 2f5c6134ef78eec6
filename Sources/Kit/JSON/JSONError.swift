/// Why a text is not JSON that we take. The code is a stable slug for programs, the message is
/// for people and names the byte.
package struct JSONError: Error, Equatable, CustomStringConvertible {
  package let code: String
  package let offset: Int
  package let message: String

  init(_ code: Code, at offset: Int, _ problem: String) {
    self.code = code.rawValue
    self.offset = offset
    message = "\(problem) at byte \(offset)"
  }

  package var description: String { "\(code): \(message)" }

  enum Code: String {
    case empty
    case syntax
    case trailingBytes = "trailing_bytes"
    case duplicateKey = "duplicate_key"
    case tooDeep = "too_deep"
    case invalidUTF8 = "invalid_utf8"
    case controlCharacter = "control_character"
    case loneSurrogate = "lone_surrogate"
    case zeroCharacter = "zero_character"
    case numberTooLong = "number_too_long"
  }
}
