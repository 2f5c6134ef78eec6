package import Core
internal import Postgres

package enum NotificationKind: IDKind {
  package static let prefix = "ntf"
}

package typealias NotificationID = ID<NotificationKind>

/// What somebody wants to be told of, or not.
package enum Topic: String, CaseIterable, Sendable, Encodable, Bindable, Column {
  case orders, deliveries, payments, shop
}

/// How something reaches people outside of the application.
package enum Channel: String, CaseIterable, Sendable, Bindable, Column {
  case mail, sms
}
