internal import Core
internal import Postgres

/// Everything people are told, with blanks in braces.
package enum Template: String, CaseIterable, Sendable, Bindable, Column {
  case verifyEmail = "verify_email"
  case resetPassword = "reset_password"
  case passwordChanged = "password_changed"
  case orderPlaced = "order_placed"
  case orderConfirmed = "order_confirmed"
  case orderPaid = "order_paid"
  case orderPaymentFailed = "order_payment_failed"
  case orderExpired = "order_expired"
  case orderCancelled = "order_cancelled"
  case orderShipped = "order_shipped"
  case orderDelivered = "order_delivered"
  case orderCompleted = "order_completed"
  case orderRefunded = "order_refunded"
  case parcelShipped = "parcel_shipped"
  case parcelFailed = "parcel_failed"
  case returnRequested = "return_requested"
  case returnApproved = "return_approved"
  case returnRejected = "return_rejected"
  case returnReceived = "return_received"
  case returnRefunded = "return_refunded"
  case paymentRefunded = "payment_refunded"
  case shopOrder = "shop_order"
  case stockLow = "stock_low"

  /// Nil: it is about the account itself. That is mailed whatever somebody prefers, and shown
  /// nowhere else.
  var topic: Topic? {
    switch self {
    case .verifyEmail, .resetPassword, .passwordChanged: nil
    case .orderPlaced, .orderConfirmed, .orderExpired, .orderCancelled, .orderCompleted: .orders
    case .orderShipped, .orderDelivered, .parcelShipped, .parcelFailed: .deliveries
    case .returnApproved, .returnRejected, .returnReceived: .deliveries
    case .orderPaid, .orderPaymentFailed, .orderRefunded, .returnRefunded: .payments
    case .paymentRefunded: .payments
    case .returnRequested, .shopOrder, .stockLow: .shop
    }
  }

  /// Not where another of the same moment goes out as well: a paid order is confirmed, its parcels
  /// are sent one by one, its money goes back by a refund.
  var leavesTheHouse: Bool {
    switch self {
    case .orderPlaced, .orderPaid, .orderShipped, .orderCompleted, .orderRefunded,
      .returnRefunded:
      false
    default: true
    }
  }

  /// What concerns the account does not wait behind what is told of orders.
  var isUrgent: Bool { topic == nil }

  /// How long it is of use. A server that takes no mail is mended within days; tokens are good for
  /// less.
  var lifetime: Duration {
    switch self {
    case .resetPassword: .minutes(30)
    case .verifyEmail: .days(2)
    default: Self.lifetimeMost
    }
  }

  static let lifetimeMost = Duration.days(3)

  var title: String { Self.texts[self]?.title ?? rawValue }
  var words: String { Self.texts[self]?.words ?? rawValue }

  /// The text with its blanks filled, each once: what fills one is never read as another.
  static func fill(_ text: String, _ blanks: [String: String]) -> String {
    var filled = ""
    var rest = text[...]
    while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
      filled += rest[..<open]
      filled += blanks[String(rest[rest.index(after: open)..<close])] ?? ""
      rest = rest[rest.index(after: close)...]
    }
    return filled + rest
  }
}
