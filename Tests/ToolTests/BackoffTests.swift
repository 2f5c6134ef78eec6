import Testing

@testable import souk

@Suite struct BackoffTests {
  @Test func whoLivedLongStartsAgainAtOnce() {
    var backoff = Backoff()
    let delays = [10, 3600].map { backoff.delay(afterLiving: .seconds($0)) }
    #expect(delays == [.zero, .zero])
  }

  @Test func whoDiesSoonWaitsLongerEachTimeAndNeverForEver() {
    var backoff = Backoff()
    let delays = (0..<100).map { _ in backoff.delay(afterLiving: .milliseconds(5)) }
    #expect(
      delays.prefix(5) == [
        .milliseconds(100), .milliseconds(200), .milliseconds(400), .milliseconds(800),
        .milliseconds(1600),
      ])
    #expect(delays == delays.sorted())
    #expect(delays.last == .seconds(30))
  }

  @Test func aLongLifeIsAFreshStart() {
    var backoff = Backoff()
    for _ in 0..<20 { _ = backoff.delay(afterLiving: .zero) }
    let delays = [11, 0].map { backoff.delay(afterLiving: .seconds($0)) }
    #expect(delays == [.zero, .milliseconds(100)])
  }
}
