/// One word of a command, binary safe: `"GET"`, `"cart:\(id)"`, `RedisArgument(bytes)`, `5`.
package struct RedisArgument: Hashable, Sendable {
  enum Content: Hashable {
    case bytes([UInt8])
    /// Stands for the command's name: EVALSHA, or EVAL where the server may not know the script.
    case script(RedisScript)
  }

  let content: Content

  package init(_ bytes: [UInt8]) { content = .bytes(bytes) }
  package init(_ text: String) { content = .bytes(Array(text.utf8)) }
  package init(_ number: Int) { content = .bytes(Array(String(number).utf8)) }
  fileprivate init(_ script: RedisScript) { content = .script(script) }
}

extension RedisArgument: ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral {
  package init(stringLiteral text: String) { self.init(text) }
  package init(integerLiteral number: Int) { self.init(number) }
}

extension RedisArgument: CustomStringConvertible {
  package var description: String {
    switch content {
    case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
    case .script: "EVALSHA"
    }
  }
}

/// A Lua script. `call` makes a command of it that can stand in a pipeline. Made once and kept: it
/// is known by what it is, not by its text, which would have to be read with every command.
package final class RedisScript: Hashable, Sendable {
  package let source: String

  package init(_ source: String) { self.source = source }

  package func call(
    keys: [RedisArgument] = [], arguments: [RedisArgument] = []
  ) -> [RedisArgument] {
    [RedisArgument(self), RedisArgument(keys.count)] + keys + arguments
  }

  package static func == (left: RedisScript, right: RedisScript) -> Bool { left === right }

  package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
