import Core
import HTTP
import JSON
import KitTesting
import Postgres
import Synchronization
import Testing

@Suite struct PreferredWaitTests {
  private let scene: OrderScene

  init() throws {
    let stack = try TestStack(
      rateScale: 1000,
      environment: [
        "SOUK_STRIPE_KEY": "sk_test", "SOUK_STRIPE_WEBHOOK_SECRETS": "whsec_secret_1",
      ])
    scene = try OrderScene(on: stack)
  }

  private func place(_ seconds: Int, key: String = "one", _ members: JSONValue = [:]) -> TestAnswer
  {
    scene.place(nil, members, headers: [(.prefer, "wait=\(seconds)"), (.idempotencyKey, key)])
  }

  /// The scheduled function at work beside the request.
  private func withClerk<T>(_ body: () throws -> T) throws -> T {
    let isOver = Mutex(false)
    let stack = scene.bazaar.stack
    let clerk = Background {
      let clerk = try Clerk(stack)
      while !isOver.withLock({ $0 }) { try clerk.work() }
    }
    defer { isOver.withLock { $0 = true } }
    let result = Result { try body() }
    isOver.withLock { $0 = true }
    try clerk.value()
    return try result.get()
  }

  @Test func theAnswerTellsHowTheOrderWent() throws {
    let answer = try withClerk { place(15) }
    #expect(answer.status == 201)
    #expect(answer.data?["status"] == "paid", "\(answer)")
    #expect(answer.data?["payment"]?["status"] == "captured")
    #expect(answer.response.header("Preference-Applied") == "wait")
    #expect(answer.response.headers.filter { $0.name == "ETag" }.count == 1)
    #expect(answer.response.header("X-Request-Id") != nil)
  }

  /// An answer that was lost is given again as it was, however the order stands by now.
  @Test func whatIsAnsweredAgainIsNotWaitedFor() throws {
    let first = place(0)
    let again = try withClerk { place(15) }
    #expect(again.response.header("Idempotent-Replayed") == "true")
    #expect(again.response.body == first.response.body)
    #expect(again.response.header("Preference-Applied") == nil)
  }

  @Test func whenTheTimeIsOverTheOrderIsStillThere() throws {
    let answer = place(1)
    #expect(answer.status == 201)
    #expect(answer.data?["status"] == "pending")
    #expect(answer.response.header("Preference-Applied") == nil)
  }

  /// Where the customer pays at somebody's page, its address is part of what is waited for.
  @Test func whereToPayIsWaitedFor() throws {
    let stack = scene.bazaar.stack
    let provider = Background {
      let (clerk, look) = (try Clerk(stack), stack.look())
      let isThere = try becomesTrue {
        try clerk.work()
        return try look.first("SELECT count(*) FROM payments.payments") { row in
          try row.next() as Int
        } == 1
      }
      #expect(isThere)
      try look.execute("UPDATE payments.payments SET redirect_url = 'https://pay.example.com/1'")
    }
    let data = place(15, ["payment": ["provider": "stripe"]]).data
    try provider.value()
    #expect(data?["status"] == "awaiting_payment")
    #expect(data?["payment"]?["redirect_url"] == "https://pay.example.com/1", "\(data ?? .null)")
  }
}
