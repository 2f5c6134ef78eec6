// Made from routes.json by `souk routes`. Change that file, not this one.
internal import HTTP
package import Middleware

package let routes: [Route] = [
  Route(
    RouteSpec(
      "GET", "/api/v1/users/profile", "get_profile",
      access: .user, rate: signedInRate),
    also: ["/api/v1/users/me"],
    getProfile),
  Route(
    RouteSpec(
      "PUT", "/api/v1/users/profile", "update_profile",
      access: .user, rate: signedInRate),
    also: ["/api/v1/users/me"],
    updateProfile),
  Route(
    RouteSpec(
      "POST", "/api/v1/users/profile", "complete_profile",
      access: .user, rate: signedInRate, idempotency: .honoured),
    completeProfile),
  Route(
    RouteSpec(
      "GET", "/api/v1/users/{id}", "get_user",
      access: .user, rate: signedInRate),
    getUser),
  Route(
    RouteSpec(
      "DELETE", "/api/v1/users", "delete_account",
      access: .user, rate: passwordRate),
    deleteAccount),
  Route(
    RouteSpec(
      "GET", "/api/v1/users/addresses", "list_addresses",
      access: .user, rate: signedInRate),
    listAddresses),
  Route(
    RouteSpec(
      "POST", "/api/v1/users/addresses", "create_address",
      access: .user, rate: signedInRate, idempotency: .honoured),
    createAddress),
  Route(
    RouteSpec(
      "GET", "/api/v1/users/addresses/{id}", "get_address",
      access: .user, rate: signedInRate),
    getAddress),
  Route(
    RouteSpec(
      "PUT", "/api/v1/users/addresses/{id}", "update_address",
      access: .user, rate: signedInRate),
    updateAddress),
  Route(
    RouteSpec(
      "DELETE", "/api/v1/users/addresses/{id}", "delete_address",
      access: .user, rate: signedInRate),
    deleteAddress),
  Route(
    RouteSpec(
      "PUT", "/api/v1/users/addresses/{id}/default", "set_default_address",
      access: .user, rate: signedInRate),
    setDefaultAddress),
  Route(
    RouteSpec(
      "POST", "/api/v1/users/shippers/register", "register_shipper",
      access: .user, rate: signedInRate, idempotency: .honoured),
    registerShipper),
  Route(
    RouteSpec(
      "GET", "/api/v1/users/shippers/profile", "get_shipper_profile",
      access: .shipper, rate: signedInRate),
    getShipperProfile),
  Route(
    RouteSpec(
      "PUT", "/api/v1/users/shippers/profile", "update_shipper_profile",
      access: .shipper, rate: signedInRate),
    updateShipperProfile),
  Route(
    RouteSpec(
      "DELETE", "/api/v1/users/shippers/profile", "delete_shipper_profile",
      access: .shipper, rate: signedInRate),
    deleteShipperProfile),
  Route(
    RouteSpec(
      "GET", "/api/v1/users/shippers/{id}/profile", "get_shipper",
      access: .user, rate: signedInRate),
    getShipper),
  Route(
    RouteSpec(
      "GET", "/api/v1/admin/users", "list_users",
      access: .admin, rate: signedInRate),
    listUsers),
  Route(
    RouteSpec(
      "PUT", "/api/v1/admin/users/{id}/role", "change_user_role",
      access: .admin, rate: signedInRate),
    changeUserRole),
  Route(
    RouteSpec(
      "PUT", "/api/v1/admin/users/{id}/status", "change_user_status",
      access: .admin, rate: signedInRate),
    changeUserStatus),
]

private let signedInRate = RateClass(
  "signed_in", by: .user, count: 20, seconds: 1, burst: 40)

private let passwordRate = RateClass(
  "password", by: .ip, count: 20, seconds: 60, burst: 20)
