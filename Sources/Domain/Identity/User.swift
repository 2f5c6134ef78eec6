package import Core
package import HTTP
package import JSON
internal import Postgres

package enum Gender: String, CaseIterable, Sendable, Encodable {
  case male, female, other
}

package enum UserStatus: String, CaseIterable, Sendable, Encodable {
  case active, disabled, deleted
}

/// A user as they and administrators see them.
package struct User: Encodable, Sendable {
  package let id: UserID
  package let number: Int
  package let email: String
  @ExplicitNull package var username: String?
  package let fullName: String
  @ExplicitNull package var phone: String?
  @ExplicitNull package var avatarUrl: String?
  @ExplicitNull package var birthday: CalendarDate?
  @ExplicitNull package var gender: Gender?
  package let roles: [Role]
  package let status: UserStatus
  package let emailVerified: Bool
  package let createdAt: Timestamp
  package let version: Int
  let tokensValidAfter: Timestamp

  private enum CodingKeys: String, CodingKey {
    case id, number, email, username, fullName, phone, avatarUrl, birthday, gender, roles, status
    case emailVerified, createdAt
  }

  /// In the order of `UserStore.columns`.
  init(_ row: inout Row) throws {
    id = try row.next()
    number = try row.next()
    email = try row.next() ?? ""
    _username = ExplicitNull(wrappedValue: try row.next())
    fullName = try row.next()
    _phone = ExplicitNull(wrappedValue: try row.next())
    _avatarUrl = ExplicitNull(wrappedValue: try row.next())
    _birthday = ExplicitNull(wrappedValue: try row.next())
    let gender: String? = try row.next()
    _gender = ExplicitNull(wrappedValue: gender.flatMap(Gender.init(rawValue:)))
    roles = (try row.next() as [String]).compactMap(Role.init(rawValue:)).sorted()
    status = UserStatus(rawValue: try row.next()) ?? .deleted
    emailVerified = try row.next()
    createdAt = try row.next()
    version = try row.next()
    tokensValidAfter = try row.next()
  }

  /// What everybody else may see.
  package var publicView: PublicUser {
    PublicUser(
      id: id, fullName: fullName, avatarUrl: avatarUrl, roles: roles, createdAt: createdAt)
  }
}

package struct PublicUser: Encodable, Sendable {
  let id: UserID
  let fullName: String
  @ExplicitNull var avatarUrl: String?
  let roles: [Role]
  let createdAt: Timestamp
}

/// What a profile update may change.
package struct ProfileChanges: Sendable {
  package let fullName: Change<String>
  package let phone: Change<String?>
  package let avatarUrl: Change<String?>
  package let birthday: Change<CalendarDate?>
  package let gender: Change<Gender?>

  package init(
    fullName: Change<String>, phone: Change<String?>, avatarUrl: Change<String?>,
    birthday: Change<CalendarDate?>, gender: Change<Gender?>
  ) {
    self.fullName = fullName
    self.phone = phone
    self.avatarUrl = avatarUrl
    self.birthday = birthday
    self.gender = gender
  }
}
