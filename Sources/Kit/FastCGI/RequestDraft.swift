internal import HTTP

/// A request of which not everything has come.
struct RequestDraft {
  /// Far above what nginx lets through (32 KB of headers).
  static let parameterBytesMax = 128 << 10
  /// Above what any route takes.
  static let bodyBytesMax = 2 << 20

  let id: UInt16
  let keeps: Bool
  private var encodedParameters: [UInt8] = []
  /// Nil until all have come.
  private var parameters: [Request.Parameter]?
  private var body: [UInt8] = []
  private var isBodyTooLarge = false

  init(id: UInt16, keeps: Bool) {
    self.id = id
    self.keeps = keeps
  }

  mutating func add(parameters content: ArraySlice<UInt8>) throws(ProtocolFault) {
    guard parameters == nil else { throw .unexpected }
    guard !content.isEmpty else {
      parameters = try NameValuePairs.read(encodedParameters[...])
      encodedParameters = []
      return
    }
    encodedParameters.append(contentsOf: content)
    guard encodedParameters.count <= Self.parameterBytesMax else { throw .tooLarge }
  }

  /// A body that is too large is taken from the connection and forgotten, so that the request can
  /// be refused and the connection goes on.
  mutating func add(input content: ArraySlice<UInt8>) throws(ProtocolFault) {
    guard parameters != nil else { throw .unexpected }
    if body.count + content.count > Self.bodyBytesMax { isBodyTooLarge = true }
    if isBodyTooLarge {
      body = []
    } else {
      body.append(contentsOf: content)
    }
  }

  func request() throws(ProtocolFault) -> Request {
    guard let parameters else { throw .unexpected }
    return Request(parameters: parameters, body: ReceivedBody(body))
  }
}

/// Shorter than the client announced when the web server was cut off, or when it was too large.
private struct ReceivedBody: BodyReader {
  private let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  func read(_ count: Int) throws(BodyError) -> [UInt8] {
    guard (0...bytes.count).contains(count) else { throw .cutShort }
    return bytes.count == count ? bytes : Array(bytes.prefix(count))
  }
}

extension Request {
  init(parameters: [Parameter], body: any BodyReader) {
    func value(_ field: Field) -> String {
      parameters.first { $0.name == field.parameter }?.value ?? ""
    }
    self.init(
      method: value(.requestMethod), target: value(.requestTarget), parameters: parameters,
      body: body)
  }
}
