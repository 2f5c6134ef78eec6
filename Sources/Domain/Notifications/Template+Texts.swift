extension Template {
  static let texts: [Template: (title: String, words: String)] = [
    .verifyEmail: (
      "Confirm your e-mail address",
      """
      please confirm that this address is yours:
      """
    ),
    .resetPassword: (
      "Choose a new password",
      """
      somebody, we hope you, asked for a new password. It is set here:
      """
    ),
    .passwordChanged: (
      "Your password was changed",
      """
      your password was changed. If that was not you, reset it at once.
      """
    ),
    .orderPlaced: (
      "We have your order {number}",
      """
      Your order {number} over {total} has come in. We tell you when it is confirmed.
      """
    ),
    .orderConfirmed: (
      "Your order {number} is confirmed",
      """
      Your order {number} over {total} is confirmed. The shops are getting it ready.
      """
    ),
    .orderPaid: (
      "Your order {number} is paid",
      """
      We have received {total} for your order {number}. Thank you.
      """
    ),
    .orderPaymentFailed: (
      "The payment of your order {number} failed",
      """
      Your order {number} over {total} could not be paid.{reason} You can try again, or pay in \
      another way.
      """
    ),
    .orderExpired: (
      "Your order {number} has expired",
      """
      Your order {number} was not paid in time and is over. Nothing will be charged.
      """
    ),
    .orderCancelled: (
      "Your order {number} is cancelled",
      """
      Your order {number} was cancelled.{reason} What was paid for it goes back to you.
      """
    ),
    .orderShipped: (
      "Your order {number} is on its way",
      """
      Your order {number} has left for you.
      """
    ),
    .orderDelivered: (
      "Your order {number} has arrived",
      """
      Your order {number} was delivered. If something is wrong with it, you have seven days to \
      tell us.
      """
    ),
    .orderCompleted: (
      "Your order {number} is complete",
      """
      Your order {number} is complete. Thank you for buying with us.
      """
    ),
    .orderRefunded: (
      "Your order {number} is refunded",
      """
      All money of your order {number} has gone back to you.
      """
    ),
    .parcelShipped: (
      "A parcel of your order {number} is on its way",
      """
      {shop} has sent a parcel of your order {number}.
      """
    ),
    .parcelFailed: (
      "A parcel of your order {number} could not be delivered",
      """
      A parcel of your order {number} from {shop} could not be delivered. The shop will send it \
      again or give your money back.
      """
    ),
    .returnRequested: (
      "A customer wants to return something of order {number}",
      """
      Somebody asks to send back goods that {shop} sold with order {number}. Please decide \
      about it.
      """
    ),
    .returnApproved: (
      "You may send your goods back",
      """
      {shop} takes back the goods of your order {number}. Please send them.
      """
    ),
    .returnRejected: (
      "Your goods are not taken back",
      """
      {shop} does not take back the goods of your order {number}.
      """
    ),
    .returnReceived: (
      "The goods you sent back have arrived",
      """
      {shop} has received the goods of your order {number}. Your money is on its way.
      """
    ),
    .returnRefunded: (
      "The money for your return has gone back",
      """
      The money for what you returned of order {number} has gone back to you.
      """
    ),
    .paymentRefunded: (
      "{amount} goes back to you",
      """
      We have sent {amount} back to you{order}.
      """
    ),
    .shopOrder: (
      "A new order for your shop: {number}",
      """
      Order {number} holds goods of yours. Please get them ready.
      """
    ),
    .stockLow: (
      "{product} is running low",
      """
      Only {available} of {product} can still be sold.
      """
    ),
  ]
}
