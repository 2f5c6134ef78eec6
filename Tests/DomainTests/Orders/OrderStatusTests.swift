import Orders
import Testing

@Suite struct OrderStatusTests {
  @Test func everyMoveIsOneOfThese() {
    let moves: [OrderStatus: Set<OrderStatus>] = [
      .pending: [.awaitingPayment, .paid, .processing, .cancelled, .paymentFailed, .expired],
      .awaitingPayment: [.paid, .processing, .cancelled, .paymentFailed, .expired],
      .paid: [.processing, .shipped, .cancelled, .refunded],
      .processing: [.shipped, .cancelled, .refunded],
      .shipped: [.delivered, .processing, .cancelled, .refunded],
      .delivered: [.completed, .refunded],
      .completed: [.refunded],
      .paymentFailed: [.pending, .cancelled, .expired],
    ]
    for from in OrderStatus.allCases {
      for to in OrderStatus.allCases {
        #expect(from.mayBecome(to) == (moves[from]?.contains(to) ?? false), "\(from) to \(to)")
      }
    }
  }

  @Test func aParcelNeverLeavesItsEnd() {
    for end in [ParcelStatus.delivered, .cancelled] {
      #expect(ParcelStatus.allCases.allSatisfy { !end.mayBecome($0) })
    }
    for end in [ReturnStatus.rejected, .refunded] {
      #expect(ReturnStatus.allCases.allSatisfy { !end.mayBecome($0) })
    }
  }

  @Test(arguments: [
    ([ParcelStatus.pending], true, OrderStatus.paid),
    ([.pending], false, .processing),
    ([.pending, .processing], true, .processing),
    ([.packed, .shipped], true, .shipped),
    ([.delivered, .pending], true, .shipped),
    ([.delivered, .cancelled], true, .delivered),
    ([.failed, .cancelled], true, .processing),
    ([.delivered, .delivered], false, .delivered),
  ])
  func parcelsMakeTheOrder(_ parcels: [ParcelStatus], _ isPaid: Bool, _ wanted: OrderStatus) {
    #expect(ParcelStatus.orderStatus(of: parcels, isPaid: isPaid) == wanted)
  }

  @Test func nothingIsLeftOfAnOrderGivenUp() {
    #expect(ParcelStatus.orderStatus(of: [.cancelled, .cancelled], isPaid: true) == nil)
  }
}
