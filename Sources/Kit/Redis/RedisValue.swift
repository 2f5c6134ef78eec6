/// A reply.
package enum RedisValue: Equatable, Sendable {
  case null
  case integer(Int)
  case bytes([UInt8])
  case array([RedisValue])
  case status(String)
  /// The server refused this one command of a pipeline.
  case error(String)

  /// The text of bytes or a status; nil for anything else and for bytes that are no UTF-8.
  package var string: String? {
    switch self {
    case .bytes(let bytes): String(validating: bytes, as: UTF8.self)
    case .status(let text): text
    default: nil
    }
  }

  package var integer: Int? {
    if case .integer(let number) = self { number } else { nil }
  }

  package var array: [RedisValue]? {
    if case .array(let values) = self { values } else { nil }
  }
}
