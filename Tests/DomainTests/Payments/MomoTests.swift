import Core
import Crypto
import JSON
import KitTesting
import Payments
import Testing

@Suite struct MomoTests {
  /// Signed outside of this program.
  private static let recorded: JSONValue = [
    "partnerCode": "MOMO", "orderId": "pay_01jd6x0000e008000000000001",
    "requestId": "pay_01jd6x0000e008000000000001", "amount": 150_000, "orderInfo": "Souk order",
    "orderType": "momo_wallet", "transId": 2_820_086_739, "resultCode": 0,
    "message": "Successful.", "payType": "qr", "responseTime": 1_721_720_663_942,
    "extraData": "",
    "signature": "7bae77657dabfddadd371d66f2396ad3aff4a2ed07da7c3e23ea450ff68dd12f",
  ]

  private func momo(_ extra: [String: String] = [:]) throws -> any Provider {
    try #require(try Counter.providers(extra)[.momo])
  }

  private func verify(_ call: JSONValue, _ momo: any Provider) -> CallFault? {
    do throws(CallFault) {
      try momo.verify(
        ProviderCall(body: call.bytes, signature: nil), at: Timestamp(seconds: 1_721_720_664))
      return nil
    } catch { return error }
  }

  @Test func aRecordedCallIsBelieved() throws {
    let momo = try momo()
    #expect(verify(Self.recorded, momo) == nil)
    let notice = try momo.parse(Self.recorded.bytes)
    #expect(notice.payment == PaymentID("pay_01jd6x0000e008000000000001"))
    #expect(notice.finding == .captured(Money(150_000, Counter.dong)))
    #expect(notice.reference == "2820086739")
  }

  @Test func nothingInItMayBeChanged() throws {
    let momo = try momo()
    for (name, value) in Self.recorded.object?.members ?? [] {
      var changed = Self.recorded.object ?? JSONObject()
      changed[name] = value.integer.map { .integer($0 + 1) } ?? "x"
      #expect(verify(.object(changed), momo) == .forged, "\(name)")
      changed[name] = nil
      if name != "extraData" { #expect(verify(.object(changed), momo) == .forged, "\(name)") }
    }
    #expect(verify([:], momo) == .forged)
    #expect(verify([], momo) == .unreadable)
    // A secret that is gone verifies nothing any more.
    #expect(
      verify(Self.recorded, try self.momo(["SOUK_MOMO_SECRETS": "the-next-secret"])) == .forged)
  }

  @Test func whatItsCodesMean() throws {
    let momo = try momo()
    let expected: [Int64: Finding] = [
      0: .captured(Money(150_000, Counter.dong)), 1000: .pending, 7000: .pending, 7002: .pending,
      9000: .pending, 1006: .failed(reason: "momo_1006"), 1005: .failed(reason: "momo_1005"),
      99: .pending,
    ]
    for (code, finding) in expected {
      var call = Self.recorded.object ?? JSONObject()
      call["resultCode"] = .integer(code)
      #expect(try momo.parse(JSONValue.object(call).bytes).finding == finding, "\(code)")
    }
  }

  @Test func itIsAskedInItsOwnWords() throws {
    let counter = try Counter()
    let server = try LocalServer { request in
      switch request.path {
      case "/v2/gateway/api/create":
        .json(
          200,
          [
            "resultCode": 0, "payUrl": "https://momo.example/p",
            "qrCodeUrl": "https://momo.example/q",
          ])
      case "/v2/gateway/api/query":
        .json(200, ["resultCode": 0, "amount": 150_000, "transId": 77])
      default: .json(200, ["resultCode": 0, "transId": 78])
      }
    }
    let desk = try Counter.desk(server.origin)
    let (order, id) = try counter.pending("momo", currency: Counter.dong)
    #expect(try desk.askOne(with: counter.tools()))
    #expect(try counter.column("redirect_url", of: id) == "https://momo.example/p")
    #expect(try counter.column("qr_code_url", of: id) == "https://momo.example/q")
    counter.clock.advance(by: .seconds(10))
    #expect(try desk.askOne(with: counter.tools()))
    #expect(try counter.standing(order) == .captured)
    #expect(try counter.column("provider_reference", of: id) == "77")
    let refund = try counter.refund(order, 50_000, currency: Counter.dong)
    #expect(try desk.refundOne(with: counter.tools()))
    #expect(try counter.status(id) == "partially_refunded")
    try counter.expectBooksToBalance()
    expectCreate(server.requests[0], id)
    let question = server.requests[1].json["requestId"]?.string ?? ""
    #expect(question != id.description)
    expectSigned(
      server.requests[1],
      "accessKey=F8BBA842ECF85&orderId=\(id)&partnerCode=MOMO&requestId=\(question)")
    expectSigned(
      server.requests[2],
      "accessKey=F8BBA842ECF85&amount=50000&description=Refund of \(id)&orderId=\(refund)"
        + "&partnerCode=MOMO&requestId=\(refund)&transId=77")
    #expect(server.requests[2].json["transId"]?.integer == 77)
  }

  private func expectCreate(_ request: LocalServer.Request, _ id: PaymentID) {
    expectSigned(
      request,
      "accessKey=F8BBA842ECF85&amount=150000&extraData=&"
        + "ipnUrl=https://shop.example/api/v1/payments/ipn/momo&orderId=\(id)&"
        + "orderInfo=Souk \(id)&partnerCode=MOMO&redirectUrl=https://shop.example/&"
        + "requestId=\(id)&requestType=captureWallet")
    #expect(request.json["amount"]?.integer == 150_000)
    #expect(request.json["accessKey"] == nil)
    #expect(request.json["lang"]?.string == "vi")
  }

  private func expectSigned(_ request: LocalServer.Request, _ text: String) {
    let code = HMACSHA256.code(Array(text.utf8), key: Array("the-next-secret".utf8))
    #expect(request.json["signature"]?.string == Hex.encode(code), "\(request.text)")
  }
}
