// Users and their sessions are named all over the system, so their ids live here and not in a
// domain.

package enum UserKind: IDKind {
  package static let prefix = "usr"
}

package enum SessionKind: IDKind {
  package static let prefix = "ses"
}

package typealias UserID = ID<UserKind>
package typealias SessionID = ID<SessionKind>

package enum Role: String, CaseIterable, Sendable, Encodable, Comparable {
  case customer, seller, shipper, admin

  package static func < (left: Role, right: Role) -> Bool {
    (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
  }
}
