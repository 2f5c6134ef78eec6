import HTTP
import Middleware
import Notifications

@Sendable func getNotificationPreferences(_ call: Call) throws -> Response {
  let caller = try call.signedIn()
  return try .data(try PreferenceStore.find(of: caller.user, in: call.database))
    .tagged(version: 1)
}
