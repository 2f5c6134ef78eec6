// Made from routes.json by `souk routes`. Change that file, not this one.
internal import HTTP
package import Middleware

package let routes: [Route] = [
  Route(
    RouteSpec(
      "POST", "/api/v1/payments/ipn/{provider}", "take_provider_call",
      access: .public, rate: ipnRate, bodyBytesMax: 65536),
    takeProviderCall)
]

private let ipnRate = RateClass(
  "ipn", by: .ip, count: 100, seconds: 1, burst: 200)
