import HTTP
import Middleware
import Notifications

@Sendable func getNotificationPreferences(_ call: Call) throws -> Response {
  let caller = try call.signedIn()
  let (preferences, version) = try PreferenceStore.find(of: caller.user, in: call.database)
  return try .data(preferences, version: version)
}
