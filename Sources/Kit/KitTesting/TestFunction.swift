package import HTTP
package import JSON
package import Middleware
internal import Postgres
internal import Redis

/// One worker of a function. Not to be shared between threads, as a worker is not.
package final class TestFunction {
  private let pipeline: Pipeline
  package let services: Services

  init(_ routes: [Route], _ services: Services) {
    pipeline = Pipeline(routes, services)
    self.services = services
  }

  /// The body is sent as JSON text, byte by byte as given.
  package func send(
    _ method: String, _ target: String, token: String? = nil, body: String? = nil,
    headers: [(Field, String)] = [], from address: String = "192.0.2.1"
  ) -> TestAnswer {
    send(
      method, target, token: token, bytes: body.map { Array($0.utf8) }, headers: headers,
      from: address)
  }

  package func send(
    _ method: String, _ target: String, token: String? = nil, json: JSONValue,
    headers: [(Field, String)] = [], from address: String = "192.0.2.1"
  ) -> TestAnswer {
    send(method, target, token: token, bytes: json.bytes, headers: headers, from: address)
  }

  package func send(
    _ method: String, _ target: String, token: String? = nil, bytes: [UInt8]?,
    headers: [(Field, String)] = [], from address: String = "192.0.2.1"
  ) -> TestAnswer {
    var parameters = headers.map { Request.Parameter($0.parameter, $1) }
    parameters.append(.init(Field.remoteAddress.parameter, address))
    if let token { parameters.append(.init(Field.authorization.parameter, "Bearer \(token)")) }
    if let bytes {
      if !headers.contains(where: { $0.0.parameter == Field.contentType.parameter }) {
        parameters.append(.init(Field.contentType.parameter, "application/json"))
      }
      if !headers.contains(where: { $0.0.parameter == Field.contentLength.parameter }) {
        parameters.append(.init(Field.contentLength.parameter, String(bytes.count)))
      }
    }
    let database = services.database.statistics.roundTrips
    let redis = services.redis.statistics.roundTrips
    let request = Request(
      method: method, target: target, parameters: parameters, body: BodyInMemory(bytes ?? []))
    let response = pipeline.answer(request).settled()
    return TestAnswer(
      response, databaseRoundTrips: services.database.statistics.roundTrips - database,
      redisRoundTrips: services.redis.statistics.roundTrips - redis)
  }
}

private struct BodyInMemory: BodyReader {
  private let bytes: [UInt8]
  init(_ bytes: [UInt8]) { self.bytes = bytes }

  func read(_ count: Int) throws(BodyError) -> [UInt8] {
    guard bytes.count >= count else { throw .cutShort }
    return Array(bytes.prefix(count))
  }
}

package struct TestAnswer: CustomStringConvertible {
  package let status: Int
  package let response: Response
  /// Null when the body is no JSON.
  package let json: JSONValue
  package let databaseRoundTrips: Int
  package let redisRoundTrips: Int

  init(_ response: Response, databaseRoundTrips: Int, redisRoundTrips: Int) {
    status = response.status
    self.response = response
    self.databaseRoundTrips = databaseRoundTrips
    self.redisRoundTrips = redisRoundTrips
    do throws(JSONError) {
      json = try JSONValue.parse(response.body)
    } catch {
      json = .null
    }
  }

  package var data: JSONValue? { json["data"] }
  package var code: String? { json["code"]?.string }
  package var text: String { String(decoding: response.body, as: UTF8.self) }
  package func header(_ name: String) -> String? { response.header(name) }

  /// What a failed expectation shows.
  package var description: String { "\(status) \(text)" }

  /// The faults of a 422 as `field code`.
  package var violations: [String] {
    (json["errors"]?.array ?? []).map {
      "\($0["field"]?.string ?? "?") \($0["code"]?.string ?? "?")"
    }
  }
}
