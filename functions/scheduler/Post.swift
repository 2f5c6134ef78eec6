import Core
import Log
import Notifications
import Schedule

/// The ways out for mails and short messages, as far as the environment names them. Without one
/// for mails they wait; without one for short messages none are asked for.
struct Post {
  private let mail: MailCarrier?
  private let sms: SMSGateway?

  init(_ environment: Environment) throws(SettingsError) {
    mail = try MailCarrier(environment)
    sms = try SMSGateway(environment)
  }

  var sendsSMS: Bool { sms != nil }

  var jobs: [Job] {
    var jobs: [Job] = []
    if let mail {
      jobs.append(
        Job("mail", every: .seconds(1)) { tools in
          try Postman(ids: tools.ids).sendMail(by: mail, in: tools.database) {
            tools.log.warning("a mail could not be sent", ["error": .text($0)])
          }
        })
    }
    if let sms {
      jobs.append(
        Job("sms", every: .seconds(1)) { tools in
          try Postman(ids: tools.ids).sendSMS(by: sms, over: tools.http, in: tools.database) {
            tools.log.warning("a short message could not be sent", ["error": .text($0)])
          }
        })
    }
    return jobs
  }
}
