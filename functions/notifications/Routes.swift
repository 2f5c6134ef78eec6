// Made from routes.json by `souk routes`. Change that file, not this one.
internal import HTTP
package import Middleware

package let routes: [Route] = [
  Route(
    RouteSpec(
      "GET", "/api/v1/notifications", "list_notifications",
      access: .user, rate: signedInRate),
    listNotifications),
  Route(
    RouteSpec(
      "POST", "/api/v1/notifications/{id}/read", "read_notification",
      access: .user, rate: signedInRate),
    readNotification),
  Route(
    RouteSpec(
      "GET", "/api/v1/notifications/preferences", "get_notification_preferences",
      access: .user, rate: signedInRate),
    getNotificationPreferences),
  Route(
    RouteSpec(
      "PUT", "/api/v1/notifications/preferences", "update_notification_preferences",
      access: .user, rate: signedInRate),
    updateNotificationPreferences),
]

private let signedInRate = RateClass(
  "signed_in", by: .user, count: 20, seconds: 1, burst: 40)
