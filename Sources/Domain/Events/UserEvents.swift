package import Core

/// Events about one user.
package protocol UserEvent: DomainEvent {
  var userId: UserID { get }
}

extension UserEvent {
  package static var aggregateType: String { "user" }
  package var aggregateID: UUID { userId.uuid }
}

package struct UserRegistered: UserEvent {
  package static let type = "user.registered.v1"
  package let userId: UserID
  package let fullName: String

  package init(userId: UserID, fullName: String) {
    self.userId = userId
    self.fullName = fullName
  }
}

package struct UserEmailVerified: UserEvent {
  package static let type = "user.email_verified.v1"
  package let userId: UserID

  package init(userId: UserID) { self.userId = userId }
}

package struct UserRolesChanged: UserEvent {
  package static let type = "user.roles_changed.v1"
  package let userId: UserID
  package let roles: [Role]

  package init(userId: UserID, roles: [Role]) {
    self.userId = userId
    self.roles = roles
  }
}

package struct UserStatusChanged: UserEvent {
  package static let type = "user.status_changed.v1"
  package let userId: UserID
  package let status: String

  package init(userId: UserID, status: String) {
    self.userId = userId
    self.status = status
  }
}

package struct UserDeleted: UserEvent {
  package static let type = "user.deleted.v1"
  package let userId: UserID

  package init(userId: UserID) { self.userId = userId }
}

/// A mail to be sent. The address stands in the event, so that a later change of it does not send
/// the mail elsewhere.
package struct MailRequested: UserEvent {
  package static let type = "mail.requested.v1"
  package let userId: UserID
  package let to: String
  package let template: Template
  package let values: [String: String]

  package enum Template: String, Sendable, Encodable {
    case verifyEmail = "verify_email"
    case resetPassword = "reset_password"
    case passwordChanged = "password_changed"
  }

  package init(userId: UserID, to: String, template: Template, values: [String: String]) {
    self.userId = userId
    self.to = to
    self.template = template
    self.values = values
  }
}
