internal import JSON

/// Status, headers and the whole body: answers are small and written in one piece.
package struct Response: Sendable {
  package var status: Int
  package var headers: [Header]
  package var body: [UInt8]

  package init(status: Int, headers: [Header] = [], body: [UInt8] = []) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  package struct Header: Sendable, Equatable {
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// By the name as it was given: all names here are our own.
  package func header(_ name: String) -> String? {
    headers.first { $0.name == name }?.value
  }
}

extension Response {
  package static let jsonType = Header("Content-Type", "application/json")

  /// Any value as it is, without the envelope.
  package static func json(_ value: some Encodable, status: Int = 200) throws -> Response {
    Response(status: status, headers: [jsonType], body: try JSONOutput.encode(value))
  }

  /// `{"data": …}`, with the entity tag of its version where it has one.
  package static func data(_ value: some Encodable, status: Int = 200, version: Int? = nil) throws
    -> Response
  {
    var response = try json(Envelope(data: value), status: status)
    if let version { response.headers.append(Header("ETag", "\"\(version)\"")) }
    return response
  }

  package static func created(_ value: some Encodable, at location: String, version: Int? = nil)
    throws -> Response
  {
    var response = try data(value, status: 201, version: version)
    response.headers.append(Header("Location", location))
    return response
  }

  /// `{"data": […], "meta": {…}}`.
  package static func list(_ values: [some Encodable], meta: some Encodable) throws -> Response {
    try json(ListEnvelope(data: values, meta: meta))
  }

  /// 202 with a sentence: what was asked for happens later, or not, and the answer does not tell.
  package static func accepted(_ message: String) throws -> Response {
    try data(["message": message], status: 202)
  }

  package static let noContent = Response(status: 204)
}

private struct Envelope<Value: Encodable>: Encodable {
  let data: Value
}

private struct ListEnvelope<Value: Encodable, Meta: Encodable>: Encodable {
  let data: [Value]
  let meta: Meta
}

/// What a list that is never cut into pages says about itself.
package struct CountMeta: Encodable, Sendable {
  package let count: Int
  package init(count: Int) { self.count = count }
}
