package import Core
package import HTTPClient
internal import Middleware
package import Postgres

/// Somebody outside who moves money. One file each; what they have in common is in these words.
///
/// A method throws `ProviderSilence` when it cannot tell what is true: no answer, an error of the
/// server's own, an answer that nobody can read. Then nothing is concluded and they are asked
/// again.
package protocol Provider: Sendable {
  var name: ProviderName { get }

  func takes(_ currency: Currency) -> Bool
  /// Nil or the method's own words; false is a method it does not have.
  func has(_ method: String?) -> Bool
  /// The longest address to come back to that it takes, in characters.
  var returnURLMost: Int { get }

  /// Opens the payment there. Asked again for the same payment it opens no second one.
  func create(_ payment: Payment, token: String?, with tools: ProviderTools) throws
    -> ProviderAnswer
  /// Takes what was only promised. A refusal is told as the promise that still stands.
  func capture(_ payment: Payment, with tools: ProviderTools) throws -> ProviderAnswer
  /// Closes what nobody wants any more, so that it cannot be paid. Nil where there is no way to, or
  /// not as it stands.
  func cancel(_ payment: Payment, with tools: ProviderTools) throws -> ProviderAnswer?
  /// What is true now. `unknown` only when they say that they never heard of it.
  func query(_ payment: Payment, with tools: ProviderTools) throws -> ProviderAnswer
  /// Gives back. Asked again for the same refund it gives back once.
  func refund(_ refund: Refund, of payment: Payment, with tools: ProviderTools) throws
    -> RefundAnswer

  /// Whether the signature covers all that a call says. Where it does not, a call is a reason to
  /// ask, and no more.
  var signsAllItSays: Bool { get }
  /// Throws unless the call comes from them and is fresh.
  func verify(_ call: ProviderCall, at now: Timestamp) throws(CallFault)
  /// What a call says whose signature was good. Throws when it cannot be read.
  func parse(_ body: [UInt8]) throws(CallFault) -> Notice
}

extension Provider {
  package func has(_ method: String?) -> Bool { true }

  package var returnURLMost: Int { 2048 }
  package var signsAllItSays: Bool { true }

  package func capture(_ payment: Payment, with tools: ProviderTools) throws -> ProviderAnswer {
    throw ProviderSilence("\(name.rawValue) takes money at once")
  }

  package func cancel(_ payment: Payment, with tools: ProviderTools) throws -> ProviderAnswer? {
    nil
  }
}

package struct ProviderTools {
  package let http: HTTPClient
  package let database: Database
  package let ids: IDSource
  /// Of what is asked about.
  private var trace: String?

  package init(http: HTTPClient, database: Database, ids: IDSource) {
    self.http = http
    self.database = database
    self.ids = ids
  }

  package var now: Timestamp { ids.clock.now }

  func tracing(_ trace: String?) -> ProviderTools {
    var tools = self
    tools.trace = trace
    return tools
  }

  /// Continues the trace.
  func send(
    _ method: String, _ url: String, headers: [(String, String)], body: [UInt8]?
  ) throws(HTTPClientError) -> HTTPClientResponse {
    let onward = TraceContext.headers(continuing: trace, ids.randomness)
    return try http.send(method, url, headers: headers + onward, body: body)
  }
}

/// What a provider says of a payment, and where the customer is to go.
package struct ProviderAnswer: Equatable, Sendable {
  package let finding: Finding
  package var reference: String?
  package var redirectURL: String?
  package var clientSecret: String?
  package var qrCodeURL: String?
  /// Why they did not do what they were asked to. Nil also where they may still do it.
  package var refusal: String?

  package init(
    _ finding: Finding, reference: String? = nil, redirectURL: String? = nil,
    clientSecret: String? = nil, qrCodeURL: String? = nil, refusal: String? = nil
  ) {
    self.finding = finding
    self.reference = reference
    self.redirectURL = redirectURL
    self.clientSecret = clientSecret
    self.qrCodeURL = qrCodeURL
    self.refusal = refusal
  }
}

package enum RefundAnswer: Equatable, Sendable {
  case succeeded(reference: String?)
  case pending(reference: String?)
  /// Nothing was begun: they cannot do it yet. What has to come before, in words.
  case waiting(for: String)
  case failed(reason: String)
}

/// It is not known what is true.
package struct ProviderSilence: Error, CustomStringConvertible {
  package let description: String
  package init(_ description: String) { self.description = description }
}

/// A call as it came in, byte by byte.
package struct ProviderCall: Sendable {
  package let body: [UInt8]
  /// The header that signs it, for those who sign in one.
  package let signature: String?

  package init(body: [UInt8], signature: String?) {
    self.body = body
    self.signature = signature
  }
}

package enum CallFault: Error, Equatable {
  case forged, stale, unreadable
}

/// What a call says.
package struct Notice: Equatable, Sendable {
  /// Nil: it is about nothing of ours, such as a test call.
  package let payment: PaymentID?
  package let finding: Finding
  package let reference: String?
  /// It is about this one instead.
  package var refund: RefundNotice?

  package init(_ payment: PaymentID?, _ finding: Finding, reference: String? = nil) {
    self.payment = payment
    self.finding = finding
    self.reference = reference
  }

  package init(_ refund: RefundNotice?) {
    self.init(nil, .pending)
    self.refund = refund
  }
}

/// What a call says of a refund.
package struct RefundNotice: Equatable, Sendable {
  package let id: RefundID
  /// Nil: it has not failed.
  package let failure: String?
}
