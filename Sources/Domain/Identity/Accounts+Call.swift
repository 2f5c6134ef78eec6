internal import HTTP
package import Middleware

extension Call {
  /// Identity's verbs, with what this worker has for them.
  package var accounts: Accounts {
    Accounts(
      ids: shared.ids, passwords: shared.passwords, keys: shared.keys, gate: services.gate,
      refreshKey: shared.key("refresh token"), publicURL: shared.settings.publicURL,
      issuer: AccessToken.issuer, audience: AccessToken.audience, trace: trace.header)
  }

  /// From where this request comes.
  package var device: Device {
    Device(name: request[.userAgent], ip: remoteAddress)
  }
}
