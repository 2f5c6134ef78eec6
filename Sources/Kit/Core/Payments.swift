// What belongs to payments is named by several domains, so these ids live here and not in one of
// them.

package enum RefundKind: IDKind {
  package static let prefix = "rfd"
}

package enum PaymentMethodKind: IDKind {
  package static let prefix = "pmt"
}

package enum WalletKind: IDKind {
  package static let prefix = "wlt"
}

package typealias RefundID = ID<RefundKind>
package typealias PaymentMethodID = ID<PaymentMethodKind>
package typealias WalletID = ID<WalletKind>
