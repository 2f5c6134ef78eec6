import Core
import JSON
import KitTesting
import Postgres
import Testing

/// What people say of themselves, and administrators decide about them.
extension WriteCase {
  static let describing = [
    WriteCase("update_profile", "SELECT count(*) FROM identity.users WHERE gender = 'other'") {
      scene in
      WriteRequest(
        "users", "PUT", "/users/profile", as: try scene.bazaar.visitor(), ["gender": "other"])
    },
    WriteCase(
      "complete_profile",
      "SELECT count(*) FROM identity.users WHERE profile_completed_at IS NOT NULL"
    ) { scene in
      WriteRequest(
        "users", "POST", "/users/profile", as: try scene.bazaar.visitor(), ["gender": "other"])
    },
    WriteCase(
      "delete_account",
      """
      SELECT count(*) FROM identity.users AS u
      JOIN identity.sessions AS s ON s.user_id = u.id AND s.end_reason = 'account_deleted'
      JOIN outbox.events AS e ON e.aggregate_id = u.id AND e.type = 'user.deleted.v1'
      WHERE u.status = 'deleted' AND u.email IS NULL
      """
    ) { scene in
      let visitor = try scene.bazaar.visitor()
      try scene.setPassword(of: visitor)
      return WriteRequest(
        "users", "DELETE", "/users", as: visitor, ["password": .string(Bazaar.password)])
    },
    WriteCase("create_address", "SELECT count(*) FROM identity.addresses") { scene in
      WriteRequest(
        "users", "POST", "/users/addresses", as: try scene.bazaar.visitor(), Bazaar.home)
    },
    WriteCase(
      "update_address",
      "SELECT count(*) FROM identity.addresses WHERE is_default AND city = 'Da Nang'"
    ) { scene in
      let (visitor, addresses) = try scene.addresses()
      return WriteRequest(
        "users", "PUT", "/users/addresses/\(addresses[1])", as: visitor,
        ["city": "Da Nang", "is_default": true])
    },
    // The default's place is taken by the one that is left.
    WriteCase(
      "delete_address",
      """
      SELECT count(*) FROM identity.addresses AS a
      WHERE a.is_default AND a.city = 'Hue'
        AND 1 = (SELECT count(*) FROM identity.addresses AS b WHERE b.user_id = a.user_id)
      """
    ) { scene in
      let (visitor, addresses) = try scene.addresses()
      return WriteRequest(
        "users", "DELETE", "/users/addresses/\(addresses[0])", as: visitor, nil)
    },
    WriteCase(
      "set_default_address",
      "SELECT count(*) FROM identity.addresses WHERE is_default AND city = 'Hue'"
    ) { scene in
      let (visitor, addresses) = try scene.addresses()
      return WriteRequest(
        "users", "PUT", "/users/addresses/\(addresses[1])/default", as: visitor, nil)
    },
  ]

  static let delivering = [
    WriteCase(
      "register_shipper",
      """
      SELECT count(*) FROM identity.shippers AS s
      JOIN identity.users AS u ON u.id = s.user_id AND 'shipper' = ANY (u.roles)
      JOIN outbox.events AS e ON e.aggregate_id = u.id AND e.type = 'user.roles_changed.v1'
      """
    ) { scene in
      WriteRequest(
        "users", "POST", "/users/shippers/register", as: try scene.bazaar.visitor(),
        Bazaar.vehicle)
    },
    WriteCase(
      "update_shipper_profile",
      "SELECT count(*) FROM identity.shippers WHERE vehicle_type = 'truck'"
    ) { scene in
      WriteRequest(
        "users", "PUT", "/users/shippers/profile", as: try scene.shipper(),
        ["vehicle_type": "truck"])
    },
    WriteCase(
      "delete_shipper_profile",
      """
      SELECT 1000000 - count(*) FROM identity.users AS u
      LEFT JOIN identity.shippers AS s ON s.user_id = u.id
      WHERE s.user_id IS NOT NULL OR 'shipper' = ANY (u.roles)
      """
    ) { scene in
      WriteRequest("users", "DELETE", "/users/shippers/profile", as: try scene.shipper(), nil)
    },
    WriteCase(
      "change_user_role",
      """
      SELECT count(*) FROM identity.users AS u
      JOIN identity.audit AS a ON a.user_id = u.id AND a.action = 'roles'
      WHERE u.roles = '{customer}'
      """
    ) { scene in
      let seller = try scene.bazaar.visitor([.seller])
      return WriteRequest(
        "users", "PUT", "/admin/users/\(seller.id)/role",
        as: try scene.bazaar.visitor([.admin]), ["role": "customer"])
    },
    WriteCase(
      "change_user_status",
      """
      SELECT count(*) FROM identity.users AS u
      JOIN identity.audit AS a ON a.user_id = u.id AND a.action = 'status'
      JOIN identity.sessions AS s ON s.user_id = u.id AND s.end_reason = 'account_disabled'
      WHERE u.status = 'disabled'
      """
    ) { scene in
      let visitor = try scene.bazaar.visitor()
      return WriteRequest(
        "users", "PUT", "/admin/users/\(visitor.id)/status",
        as: try scene.bazaar.visitor([.admin]), ["status": "disabled"])
    },
  ]
}

extension OrderScene {
  /// Somebody's two: the default, and one in another city.
  fileprivate func addresses() throws -> (Visitor, [String]) {
    let visitor = try bazaar.visitor()
    let addresses = [try bazaar.address(of: visitor), try bazaar.address(of: visitor)]
    try bazaar.stack.look().execute(
      """
      UPDATE identity.addresses SET city = 'Hue' WHERE user_id = \(visitor.user) AND NOT is_default
      """)
    return (visitor, addresses)
  }

  fileprivate func shipper() throws -> Visitor {
    let visitor = try bazaar.visitor([.shipper])
    try bazaar.vehicle(of: visitor)
    return visitor
  }
}
