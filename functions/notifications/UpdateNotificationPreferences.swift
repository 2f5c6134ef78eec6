import HTTP
import Middleware
import Notifications
import Postgres

/// What is left out stays as it is.
@Sendable func updateNotificationPreferences(_ call: Call) throws -> Response {
  let caller = try call.signedIn()
  let body: NotificationPreferencesRequest = try call.body()
  return try call.write { transaction in
    // Also who never chose has a version, and no row.
    transaction.takeTurn("preferences \(caller.user)")
    for (topic, change) in body.changes {
      PreferenceStore.change(topic, change, of: caller.user, at: call.now, in: transaction)
    }
    let (preferences, version) = try PreferenceStore.find(of: caller.user, in: transaction)
    try call.requireMatch(version: version - body.changes.count)
    return try .data(preferences, version: version)
  }
}

struct NotificationPreferencesRequest: RequestBody {
  let changes: [Topic: PreferenceChange]

  init(_ fields: inout Fields) {
    var changes: [Topic: PreferenceChange] = [:]
    for topic in Topic.allCases {
      changes[topic] = fields.object(topic.rawValue, ChannelsRequest.self)?.change
    }
    self.changes = changes
  }
}

private struct ChannelsRequest: RequestBody {
  let change: PreferenceChange

  init(_ fields: inout Fields) {
    change = PreferenceChange(
      mail: fields.optionalFlag("mail"), sms: fields.optionalFlag("sms"),
      inApp: fields.optionalFlag("in_app"))
  }
}
