/// What a server answered.
package struct HTTPClientResponse: Sendable, CustomStringConvertible {
  package let status: Int
  /// In the order they came, names in lower case.
  package let headers: [(name: String, value: String)]
  package let body: [UInt8]

  /// The first of this name, in whatever case. Nil when there is none.
  package func header(_ name: String) -> String? {
    let name = name.lowercased()
    return headers.first { $0.name == name }?.value
  }

  package var description: String { "\(status) with \(body.count) bytes" }

  package var text: String { String(decoding: body, as: UTF8.self) }
}

/// No answer, or none that we take. The code is curl's (see `man libcurl-errors`).
package struct HTTPClientError: Error, Equatable, CustomStringConvertible {
  package let code: Int
  package let message: String

  package var description: String { "curl error \(code): \(message)" }
}
