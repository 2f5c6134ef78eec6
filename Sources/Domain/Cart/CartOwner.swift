package import Core
internal import Crypto

package enum CartKind: IDKind {
  package static let prefix = "crt"
}

package enum CartItemKind: IDKind {
  package static let prefix = "itm"
}

package typealias CartID = ID<CartKind>
package typealias CartItemID = ID<CartItemKind>

/// Whose cart it is.
package enum CartOwner: Sendable, Equatable {
  case user(UserID)
  /// Somebody with a token; whether it opens a cart shows when it is looked for.
  case guest(CartToken)
  /// Somebody who has none yet.
  case stranger

  package var user: UserID? {
    if case .user(let user) = self { user } else { nil }
  }
}

/// What a guest's cart is opened with. It is shown once, and only its hash is kept.
package struct CartToken: Sendable, Equatable {
  package let text: String

  init(_ randomness: Randomness) { text = Base64URL.encode(randomness.bytes(32)) }

  /// What a client presents; anything is taken, for it only finds a row or not.
  package init(presented text: String) { self.text = text }

  var hash: [UInt8] { SHA256.hash(Array(text.utf8)) }
}
