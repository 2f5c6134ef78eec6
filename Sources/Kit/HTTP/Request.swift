/// A request as the web server hands it over: CGI parameters and a body that is read when asked
/// for, so that a refused request costs no reading.
package struct Request {
  package let method: String
  /// Path and query as the client sent them, still percent-encoded.
  package let target: String
  package let parameters: [Parameter]
  package let body: any BodyReader
  package let path: Substring
  package let query: Substring

  package init(
    method: String, target: String, parameters: [Parameter] = [], body: any BodyReader = NoBody()
  ) {
    self.method = method
    self.target = target
    self.parameters = parameters
    self.body = body
    let mark = target.utf8.firstIndex(of: UInt8(ascii: "?"))
    path = target[..<(mark ?? target.endIndex)]
    query = mark.map { target[target.utf8.index(after: $0)...] } ?? ""
  }

  package struct Parameter: Sendable {
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  package subscript(_ field: Field) -> String? {
    parameters.first { $0.name == field.parameter }?.value
  }

  /// Nil when the client said none; −1 when what it said is no number.
  package var contentLength: Int? {
    guard let text = self[.contentLength], !text.isEmpty else { return nil }
    return Int(text) ?? -1
  }
}

/// A header or another fact about the request, by its CGI name.
package struct Field: Sendable {
  package let parameter: String
  package init(parameter: String) { self.parameter = parameter }

  package static let accept = Field(parameter: "HTTP_ACCEPT")
  package static let authorization = Field(parameter: "HTTP_AUTHORIZATION")
  package static let prefer = Field(parameter: "HTTP_PREFER")
  package static let cartToken = Field(parameter: "HTTP_X_CART_TOKEN")
  package static let contentLength = Field(parameter: "CONTENT_LENGTH")
  package static let contentType = Field(parameter: "CONTENT_TYPE")
  package static let idempotencyKey = Field(parameter: "HTTP_IDEMPOTENCY_KEY")
  package static let ifMatch = Field(parameter: "HTTP_IF_MATCH")
  package static let ifNoneMatch = Field(parameter: "HTTP_IF_NONE_MATCH")
  package static let origin = Field(parameter: "HTTP_ORIGIN")
  package static let remoteAddress = Field(parameter: "REMOTE_ADDR")
  package static let requestID = Field(parameter: "HTTP_X_REQUEST_ID")
  package static let requestMethod = Field(parameter: "REQUEST_METHOD")
  package static let requestTarget = Field(parameter: "REQUEST_URI")
  package static let soukSignature = Field(parameter: "HTTP_SOUK_SIGNATURE")
  package static let stripeSignature = Field(parameter: "HTTP_STRIPE_SIGNATURE")
  package static let traceParent = Field(parameter: "HTTP_TRACEPARENT")
  package static let userAgent = Field(parameter: "HTTP_USER_AGENT")
  package static let requestedMethod = Field(parameter: "HTTP_ACCESS_CONTROL_REQUEST_METHOD")
}

/// Reads the whole body, once.
package protocol BodyReader {
  /// Throws `BodyError` when the client sent fewer bytes than it announced, and for a count below
  /// zero.
  func read(_ count: Int) throws(BodyError) -> [UInt8]
}

package enum BodyError: Error {
  case cutShort
}

package struct NoBody: BodyReader {
  package init() {}
  package func read(_ count: Int) throws(BodyError) -> [UInt8] { [] }
}
