// Made from routes.json by `souk routes`. Change that file, not this one.
internal import HTTP
package import Middleware

package let routes: [Route] = [
  Route(
    RouteSpec(
      "GET", "/.well-known/jwks.json", "list_signing_keys",
      access: .public, rate: publicRate, cacheSeconds: 60),
    listSigningKeys),
  Route(
    RouteSpec(
      "POST", "/api/v1/auth/register", "register",
      access: .public, rate: passwordRate, bodyBytesMax: 65536, idempotency: .honoured),
    register),
  Route(
    RouteSpec(
      "POST", "/api/v1/auth/login", "log_in",
      access: .public, rate: passwordRate, bodyBytesMax: 65536),
    logIn),
  Route(
    RouteSpec(
      "POST", "/api/v1/auth/refresh", "refresh",
      access: .public, rate: publicRate, bodyBytesMax: 65536),
    refresh),
  Route(
    RouteSpec(
      "POST", "/api/v1/auth/logout", "log_out",
      access: .user, rate: signedInRate, bodyBytesMax: 65536),
    logOut),
  Route(
    RouteSpec(
      "POST", "/api/v1/auth/logout-all", "log_out_everywhere",
      access: .user, rate: signedInRate, bodyBytesMax: 65536),
    logOutEverywhere),
  Route(
    RouteSpec(
      "POST", "/api/v1/auth/change-password", "change_password",
      access: .user, rate: passwordRate, bodyBytesMax: 65536),
    changePassword),
  Route(
    RouteSpec(
      "POST", "/api/v1/auth/forgot-password", "forgot_password",
      access: .public, rate: passwordRate, bodyBytesMax: 65536),
    forgotPassword),
  Route(
    RouteSpec(
      "POST", "/api/v1/auth/reset-password", "reset_password",
      access: .public, rate: passwordRate, bodyBytesMax: 65536),
    resetPassword),
  Route(
    RouteSpec(
      "POST", "/api/v1/auth/verify-email", "verify_email",
      access: .public, rate: passwordRate, bodyBytesMax: 65536),
    verifyEmail),
  Route(
    RouteSpec(
      "POST", "/api/v1/auth/resend-verification", "resend_verification",
      access: .user, rate: passwordRate, bodyBytesMax: 65536),
    resendVerification),
  Route(
    RouteSpec(
      "GET", "/api/v1/auth/sessions", "list_sessions",
      access: .user, rate: signedInRate),
    listSessions),
  Route(
    RouteSpec(
      "DELETE", "/api/v1/auth/sessions/{id}", "end_session",
      access: .user, rate: signedInRate),
    endSession),
]

private let publicRate = RateClass(
  "public", by: .ip, count: 50, seconds: 1, burst: 100)

private let passwordRate = RateClass(
  "password", by: .ip, count: 20, seconds: 60, burst: 20)

private let signedInRate = RateClass(
  "signed_in", by: .user, count: 20, seconds: 1, burst: 40)
