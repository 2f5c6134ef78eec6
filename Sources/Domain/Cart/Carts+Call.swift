internal import HTTP
package import Middleware

extension Call {
  /// Cart's verbs, with what this worker has for them.
  package var carts: Carts { Carts(ids: shared.ids) }

  /// Who is signed in has a cart of their own, whatever guest's token comes along.
  package var cartOwner: CartOwner {
    if let caller { return .user(caller.user) }
    guard let token = request[.cartToken], !token.isEmpty else { return .stranger }
    return .guest(CartToken(presented: token))
  }
}
