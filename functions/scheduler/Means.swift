import Core
import Log
import Notifications
import Payments

/// How mails and short messages leave from here, and which providers are asked, for the log: of
/// several schedulers each has its own settings. No secrets, and no addresses, which may hold some.
func means(
  _ environment: Environment, _ providers: Providers
) throws(SettingsError) -> [(String, LogValue)] {
  let mail =
    switch try MailCarrier(environment) {
    case .server: "by a server"
    case .folder: "into a folder"
    case nil: "it waits"
    }
  let sms = try SMSGateway(environment) == nil ? "none" : "by a gateway"
  let names = ProviderName.outside.filter { providers[$0] != nil }.map(\.rawValue)
  return [
    ("mail", .text(mail)), ("sms", .text(sms)),
    ("providers", .text(names.isEmpty ? "none" : names.joined(separator: ", "))),
  ]
}
