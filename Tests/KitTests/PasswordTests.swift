import Crypto
import Dispatch
import Foundation
import Synchronization
import Testing

/// Little memory, so that the tests are fast: the cost is not what they test.
private let cheap = PasswordParameters(memoryKiB: 64, iterations: 1)

@Suite struct PasswordTests {
  @Test func recognizesThePassword() throws {
    let hasher = PasswordHasher(parameters: cheap)
    let encoded = try hasher.hash("correct horse é")
    #expect(encoded.hasPrefix("$argon2id$v=19$m=64,t=1,p=1$"))
    #expect(try hasher.verify("correct horse é", against: encoded))
    for wrong in ["correct horse", "", "correct horse é "] {
      #expect(try !hasher.verify(wrong, against: encoded))
    }
    #expect(try hasher.hash("correct horse é") != encoded)
  }

  /// Made by the argon2 program of the reference implementation.
  @Test func verifiesWhatOthersHashed() throws {
    let encoded =
      "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
    let hasher = PasswordHasher(parameters: cheap)
    #expect(try hasher.verify("password", against: encoded))
    #expect(try !hasher.verify("Password", against: encoded))
  }

  @Test func costsWhatIsAskedForByDefault() throws {
    let encoded = try PasswordHasher().hash("x")
    #expect(encoded.hasPrefix("$argon2id$v=19$m=19456,t=2,p=1$"))
    #expect(!PasswordHasher().needsRehash(encoded))
  }

  @Test func asksForANewHashWhenTheCostChanged() throws {
    let hasher = PasswordHasher(parameters: cheap)
    let encoded = try hasher.hash("x")
    #expect(!hasher.needsRehash(encoded))
    #expect(PasswordHasher().needsRehash(encoded))
    #expect(hasher.needsRehash("$2b$12$abcdefghijklmnopqrstuv"))
  }

  @Test(arguments: [
    "", "!", "$", "$argon2id$v=19$m=64,t=1,p=1", "$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHQ$AAAA",
    "$argon2id$v=16$m=64,t=1,p=1$c29tZXNhbHQ$AAAA",
    "$argon2id$v=19$m=4294967295,t=1,p=1$c29tZXNhbHQ$AAAA",
    "$argon2id$v=19$m=64,t=4294967295,p=1$c29tZXNhbHQ$AAAA",
    "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$", "$argon2id$v=19$m=64,t=1,p=1$$AAAA",
  ])
  func acceptsNoPasswordForWhatIsNoHash(_ encoded: String) throws {
    #expect(try !PasswordHasher(parameters: cheap).verify("", against: encoded))
  }

  @Test func tellsTheCallerWhenItIsBusy() throws {
    let turnstile = Turnstile(slots: 1, queue: 0, longestWait: .seconds(5))
    let hasher = PasswordHasher(parameters: cheap, turnstile: turnstile)
    let encoded = try hasher.hash("x")
    try turnstile.run {
      #expect(throws: PasswordBusy.queueFull) { try hasher.hash("x") }
      #expect(throws: PasswordBusy.queueFull) { try hasher.verify("x", against: encoded) }
      #expect(throws: PasswordBusy.queueFull) { try hasher.verify("x", against: "no hash") }
      #expect(throws: PasswordBusy.queueFull) { try hasher.verifyNothing("x") }
    }
    #expect(try hasher.verify("x", against: encoded))
  }
}

@Suite struct GateTests {
  /// What the threads inside of a turnstile do.
  private final class Room: Sendable {
    let inside = Mutex((now: 0, most: 0))
    let door = DispatchSemaphore(value: 0)

    func visit() {
      inside.withLock { state in
        state.now += 1
        state.most = max(state.most, state.now)
      }
      door.wait()
      inside.withLock { $0.now -= 1 }
    }
    var most: Int { inside.withLock(\.most) }
    var now: Int { inside.withLock(\.now) }
  }

  /// Keeps its thread: a test that sleeps as a task goes on only when the pool has a thread left,
  /// which among many tests that block can take minutes.
  private func probe(_ condition: () -> Bool) {
    for _ in 0..<60_000 {
      if condition() { return }
      usleep(1000)
    }
    Issue.record("waited in vain")
  }

  @Test func letsNoMoreInThanThereAreSlotsAndPlacesInTheQueue() throws {
    let turnstile = Turnstile(slots: 2, queue: 3, longestWait: .seconds(3600))
    let room = Room()
    let failures = Atomic(0)
    let group = DispatchGroup()
    for _ in 0..<5 {
      group.enter()
      // Real threads: a queue's pool runs out when many tests block at once.
      Thread.detachNewThread {
        do { try turnstile.run { room.visit() } } catch { failures.add(1, ordering: .relaxed) }
        group.leave()
      }
    }
    probe { room.now == 2 && turnstile.waiting == 3 }
    #expect(throws: PasswordBusy.queueFull) { try turnstile.run {} }
    for _ in 0..<5 { room.door.signal() }
    probe { room.now == 0 && turnstile.waiting == 0 }
    group.wait()
    #expect(room.most == 2)
    #expect(failures.load(ordering: .relaxed) == 0)
    try turnstile.run {}
  }

  @Test func sendsWaitersAwayWhenTheirTimeIsOver() throws {
    let turnstile = Turnstile(slots: 1, queue: 1, longestWait: .milliseconds(20))
    let room = Room()
    Thread.detachNewThread {
      do { try turnstile.run { room.visit() } } catch { Issue.record(error) }
    }
    probe { room.now == 1 }
    let started = ContinuousClock.now
    #expect(throws: PasswordBusy.waitedTooLong) { try turnstile.run {} }
    #expect(ContinuousClock.now - started >= .milliseconds(20))
    #expect(turnstile.waiting == 0)
    room.door.signal()
    probe { room.now == 0 }
  }

  @Test func holdsUnderManyThreads() throws {
    let turnstile = Turnstile(slots: 2, queue: 100, longestWait: .seconds(3600))
    let inside = Atomic(0)
    let tooMany = Atomic(0)
    let group = DispatchGroup()
    for _ in 0..<8 {
      group.enter()
      Thread.detachNewThread {
        for _ in 0..<200 {
          do {
            try turnstile.run {
              let now = inside.add(1, ordering: .relaxed).newValue
              if now > 2 { tooMany.add(1, ordering: .relaxed) }
              sched_yield()
              inside.subtract(1, ordering: .relaxed)
            }
          } catch {
            Issue.record(error)
          }
        }
        group.leave()
      }
    }
    group.wait()
    #expect(tooMany.load(ordering: .relaxed) == 0)
    #expect(turnstile.waiting == 0)
  }
}
