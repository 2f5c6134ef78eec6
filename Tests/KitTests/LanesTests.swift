import Core
import KitTesting
import Lanes
import Processes
import Redis
import Testing

/// What happened, in order.
final class Diary {
  var lines: [String] = []
  func note(_ line: String) { lines.append(line) }
}

@Suite struct LanesTests {
  let lanes = Lanes(count: 4)
  let diary = Diary()

  @Test func eachGoesOnUntilItWaits() {
    lanes.run(
      (0..<3).map { lane in
        {
          diary.note("\(lane) asks")
          lanes.pause()
          diary.note("\(lane) is answered")
          #expect(lanes.current == lane)
        }
      })
    #expect(
      diary.lines == [
        "0 asks", "1 asks", "2 asks", "0 is answered", "1 is answered", "2 is answered",
      ])
    #expect(lanes.current == 0)
  }

  @Test func whatIsToBeDoneBeforeWaitingIsDoneOnceAllWait() {
    lanes.run(
      (0..<2).map { lane in
        {
          if lane == 0 { lanes.beforeWaiting { diary.note("sent") } }
          diary.note("\(lane) asks")
          lanes.pause()
          diary.note("\(lane) goes on")
        }
      })
    #expect(diary.lines == ["0 asks", "1 asks", "sent", "0 goes on", "1 goes on"])
  }

  @Test func whoHoldsGoesOnAlone() throws {
    lanes.run([
      {
        lanes.hold()
        diary.note("begin")
        lanes.pause()
        diary.note("commit")
        lanes.letGo()
      }, { diary.note("other") },
    ])
    #expect(diary.lines == ["begin", "commit", "other"])
  }

  @Test func lanesOfUnlikeLengthAllEnd() {
    for _ in 0..<50 {
      lanes.run(
        (0..<4).map { lane in
          {
            for _ in 0..<lane { lanes.pause() }
            diary.note("\(lane)")
          }
        })
    }
    #expect(diary.lines.count == 200)
    #expect(diary.lines.prefix(4) == ["0", "1", "2", "3"])
  }

  @Test func aloneNothingChanges() {
    lanes.beforeWaiting { diary.note("sent") }
    lanes.pause()
    lanes.run([{ diary.note("alone") }])
    lanes.run([])
    #expect(diary.lines == ["sent", "alone"])
  }

  @Test func anErrorStaysInItsLane() {
    struct Broken: Error {}
    lanes.run(
      (0..<2).map { lane in
        {
          do {
            lanes.pause()
            if lane == 0 { throw Broken() }
            diary.note("1 went well")
          } catch {
            diary.note("0 failed")
          }
        }
      })
    #expect(diary.lines == ["0 failed", "1 went well"])
  }
}

@Suite struct RedisLanesTests {
  let lanes = Lanes(count: 8)
  let redis: Redis

  init() {
    redis = Redis(RedisSettings(url: TestServers.shared.freshRedisURL()), lanes: lanes)
  }

  private func replies(_ commands: [[RedisArgument]], of other: Redis? = nil) -> [RedisValue?] {
    let redis = other ?? redis
    var replies = [RedisValue?](repeating: nil, count: commands.count)
    lanes.run(
      commands.indices.map { lane in
        {
          do {
            replies[lane] = try redis.pipeline([commands[lane]])[0]
          } catch {
            replies[lane] = nil
          }
          #expect(redis.statistics.roundTrips > 0)
        }
      })
    return replies
  }

  @Test func eachHearsItsOwnReply() {
    for round in 0..<20 {
      let echoes = replies((0..<8).map { ["ECHO", "\(round) \($0)"] })
      #expect(echoes.map { $0?.string } == (0..<8).map { "\(round) \($0)" })
    }
  }

  @Test func aScriptTheServerForgotIsSentAgain() throws {
    let server = try OwnRedis()
    let redis = Redis(server.settings, lanes: lanes)
    let script = RedisScript("return redis.call('INCR', KEYS[1])")
    let call = script.call(keys: ["n"], arguments: [])
    let first = replies([call, call, call], of: redis)
    #expect(Set(first.compactMap { $0?.integer }) == [1, 2, 3])
    try server.forgetScripts()
    let again = replies([call, ["ECHO", "a"], call, ["ECHO", "b"]], of: redis)
    #expect(Set([again[0], again[2]].compactMap { $0?.integer }) == [4, 5])
    #expect(again[1]?.string == "a")
    #expect(again[3]?.string == "b")
  }

  @Test func aLostConnectionIsToldToAllAndMadeAnew() throws {
    try redis.command("SET", "a", "1")
    let lost = replies([["ECHO", "x"], ["QUIT"], ["ECHO", "y"]])
    #expect(lost[0]?.string == "x")
    #expect(lost[2] == nil)
    #expect(replies([["GET", "a"], ["GET", "b"]]) == [.bytes(Array("1".utf8)), .null])
  }
}
