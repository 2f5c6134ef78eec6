import Core
import KitTesting
import Lanes
import Postgres
import Processes
import Redis
import Testing

/// What happened, in order.
private final class Diary {
  var lines: [String] = []
  func note(_ line: String) { lines.append(line) }
}

@Suite struct LanesTests {
  let lanes = Lanes(count: 4)
  private let diary = Diary()

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

@Suite struct DatabaseLanesTests {
  let lanes = Lanes(count: 4)
  let database: Database
  private let diary = Diary()

  init() throws {
    let settings = try TestDatabase.shared.get().database().settings
    database = Database(settings, lanes: lanes)
  }

  /// What each of the statements gave, asked in lanes side by side.
  private func answers(_ statements: [SQL]) -> [String] {
    var answers = Array(repeating: "", count: statements.count)
    lanes.run(
      statements.indices.map { lane in
        {
          do {
            answers[lane] = "\(try database.int(statements[lane]) ?? -1)"
          } catch {
            answers[lane] = (error as? PostgresError)?.sqlState ?? "\(error)"
          }
        }
      })
    return answers
  }

  @Test func allAskBeforeOneIsAnswered() throws {
    lanes.run(
      (1...3).map { number in
        {
          diary.note("asks \(number)")
          do {
            diary.note("hears \(try database.int("SELECT \(number)") ?? 0)")
          } catch {
            diary.note("\(error)")
          }
          #expect(database.statistics.roundTrips == 1)
        }
      })
    #expect(
      diary.lines == ["asks 1", "asks 2", "asks 3", "hears 1", "hears 2", "hears 3"])
  }

  @Test func aRefusalMeetsOneAlone() {
    for _ in 0..<3 {
      #expect(
        answers(["SELECT 1", "SELECT 1 / \(0)", "SELECT nothing", "SELECT 4"])
          == ["1", "22012", "42703", "4"])
    }
  }

  /// The first prepares it and is refused before; the others must not count on it.
  @Test func aStatementThatWasNotPreparedIsNotReliedOn() throws {
    var answers = Array(repeating: 0, count: 3)
    lanes.run(
      (0..<3).map { lane in
        {
          do {
            let broken: SQL = lane == 0 ? "SELECT 1 / \(0)" : "SELECT \(1)"
            let results = try database.exchange([broken, "SELECT \(lane)::bigint + 7"])
            answers[lane] = try results[1].first { row in try row.next() } ?? 0
          } catch {
            answers[lane] = -1
          }
        }
      })
    #expect(answers == [-1, 8, 9])
    #expect(try database.int("SELECT \(30)::bigint + 7") == 37)
    #expect(try database.int("SELECT 5") == 5)
  }

  @Test func writesOfOneLaneOutliveTheFailureOfAnother() throws {
    _ = try database.execute("CREATE TABLE lanes_kept (n bigint)")
    _ = answers([
      "INSERT INTO lanes_kept VALUES (1) RETURNING n", "SELECT 1 / \(0)",
      "INSERT INTO lanes_kept VALUES (3) RETURNING n",
    ])
    #expect(try database.int("SELECT sum(n)::bigint FROM lanes_kept") == 4)
  }

  @Test func nobodyGetsIntoATransactionOfAnotherLane() throws {
    _ = try database.execute("CREATE TABLE lanes_tx (n bigint)")
    var seen = -1
    lanes.run([
      {
        do {
          try database.transaction { transaction in
            try transaction.execute("INSERT INTO lanes_tx VALUES (1)")
            #expect(try transaction.int("SELECT count(*) FROM lanes_tx") == 1)
            throw PostgresError(.other, "given up")
          }
        } catch {
          diary.note("rolled back")
        }
      },
      {
        do {
          seen = try database.int("SELECT count(*) FROM lanes_tx") ?? -1
        } catch {
          diary.note("\(error)")
        }
      },
    ])
    #expect(seen == 0)
    #expect(diary.lines == ["rolled back"])
  }

  @Test func aLostConnectionIsToldToAllAndMadeAnew() throws {
    let process = try database.int("SELECT pg_backend_pid()")
    let killed = answers([
      "SELECT 1", "SELECT pg_terminate_backend(pg_backend_pid())::int", "SELECT 3",
    ])
    #expect(killed == ["57P01", "57P01", "57P01"], "nothing was committed")
    #expect(answers(["SELECT 1", "SELECT 2"]) == ["1", "2"])
    #expect(try database.int("SELECT pg_backend_pid()") != process)
  }
}

@Suite struct RedisLanesTests {
  let lanes = Lanes(count: 8)
  let redis: Redis

  init() {
    redis = Redis(RedisSettings(url: TestServers.shared.freshRedisURL()), lanes: lanes)
  }

  private func replies(_ commands: [[RedisArgument]]) -> [RedisValue?] {
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
    let script = RedisScript("return redis.call('INCR', KEYS[1])")
    let call = script.call(keys: ["n"], arguments: [])
    #expect(Set(replies([call, call, call]).compactMap { $0?.integer }) == [1, 2, 3])
    try redis.command("SCRIPT", "FLUSH")
    let again = replies([call, ["ECHO", "a"], call, ["ECHO", "b"]])
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
