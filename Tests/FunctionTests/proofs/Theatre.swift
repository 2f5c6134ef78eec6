import Core
import KitTesting
import Postgres
import Testing
import souk

/// Where a story is played again and again, and somebody dies each time.
struct Theatre {
  /// Tokens and orders last that long, and more.
  private static let worldTime = Duration.minutes(5)

  let story: Story
  private var world: World
  private var scheduler: Program
  private var newWorldAt: Timestamp

  struct End: CustomStringConvertible {
    /// One for each order.
    let statuses: [String]
    /// What has not come to pass of what must.
    let missing: [String]
    let broken: [String]
    /// Where the first death was.
    var place = ""
    /// Of those who were to die where they perhaps would not come.
    var chances = Chances()

    var isThere: Bool { missing.isEmpty }
    var isGood: Bool { isThere && broken.isEmpty }
    var description: String {
      statuses.joined(separator: ", ")
        + (isThere ? "" : " MISSING \(missing.joined(separator: "; "))")
        + (broken.isEmpty ? "" : " BROKEN \(broken.joined(separator: "; "))")
    }
  }

  /// How many died of those who may live because they do not come as far as their death.
  struct Chances: CustomStringConvertible {
    private(set) var died = 0
    private(set) var lived = 0

    mutating func note(_ hasDied: Bool) { if hasDied { died += 1 } else { lived += 1 } }

    mutating func add(_ other: Self) {
      died += other.died
      lived += other.lived
    }

    /// Where nearly all live, next to nothing is tried. Who comes after a late death has little
    /// left to do, and little to die of.
    var areGood: Bool { died * 3 >= lived }
    var description: String { "\(died) died, \(lived) lived" }
  }

  init(_ story: Story) throws {
    self.story = story
    (world, scheduler) = try Self.makeWorld(for: story)
    newWorldAt = Clock.system.now + Self.worldTime
  }

  private static func makeWorld(for story: Story) throws -> (World, Program) {
    // More than all the runs of a story in one world buy.
    let world = try World(
      pieces: [10_000], currency: story.currency, sendsMail: story.sendsMail)
    _ = try world.scene.promotion(code: "TEN", limit: 1_000_000)
    let scheduler = Program("scheduler", on: world.scene.bazaar.stack)
    try scheduler.run(["--once"])
    return (world, scheduler)
  }

  /// Undisturbed, to know the points of each act.
  func rehearse() throws -> [Program.Passage] {
    let fates = try prepare()
    let acts = try (0..<story.acts).map { act in
      if act > 0 { try world.pass(story.pauses[act - 1]) }
      return try scheduler.run(["--once"])
    }
    let end = try end(of: fates)
    #expect(end.isGood, "\(story): \(end)")
    try #require(acts.allSatisfy { $0.counted.count > 5 }, "\(acts)")
    return acts
  }

  /// A story that is over before it begins would end well whatever happens.
  private func prepare() throws -> [Story.Fate] {
    let fates = try story.prepare(world)
    for fate in fates {
      try #require(try !missing(of: fate).isEmpty, "\(story) is over before it begins")
    }
    return fates
  }

  /// The first death is certain, among points that are counted; those after it happen where
  /// somebody comes that far.
  mutating func play(killing deaths: [Program.Death], inAct act: Int) throws -> End {
    if Clock.system.now > newWorldAt { try renew() }
    let fates = try prepare()
    for place in 0..<act {
      try scheduler.run(["--once"])
      try world.pass(story.pauses[place])
    }
    var (place, chances) = ("", Chances())
    for (number, death) in deaths.enumerated() {
      let mayLive = number > 0 || death.isAlone
      let passage = try scheduler.run(["--once"], dying: death, orLiving: mayLive)
      if mayLive { chances.note(passage.hasDied) }
      if number == 0 { place = passage.last }
      if story.waitsAfterDeath { try world.pass(.providers) }
    }
    try scheduler.run(["--once"])
    // Whoever is asked after a death was perhaps asked before: that takes more than one look.
    let looks = story.takesLooks ? Self.looksMore : 0
    var end = try end(of: fates)
    for pause in story.pauses.dropFirst(act) + Array(repeating: .providers, count: looks)
    where !end.isGood {
      try world.pass(pause)
      try scheduler.run(["--once"])
      end = try self.end(of: fates)
    }
    (end.place, end.chances) = (place, chances)
    return end
  }

  private static let looksMore = 5

  /// How many pairs of deaths of one story are tried.
  private static let pairsMax = 50

  /// A second death, of whoever puts things right after the first: so many of all pairs of points,
  /// spread over both.
  mutating func killAgain(_ acts: [Program.Passage]) throws {
    let places = acts.enumerated().flatMap { act, passage in
      passage.counted.indices.map { (act, $0) }
    }
    let pairs = min(Self.pairsMax, places.count * places.count)
    var chances = Chances()
    for number in 0..<pairs {
      let (act, first) = places[number * places.count / pairs]
      // In steps of the golden section it comes everywhere, whatever the first is.
      let second = number * 618 % 1000 * acts[act].counted.count / 1000
      let deaths = [
        Program.Death(point: first + 1, isBefore: number.isMultiple(of: 2)),
        Program.Death(point: second + 1, isBefore: (number / 2).isMultiple(of: 2)),
      ]
      let end = try play(killing: deaths, inAct: act)
      #expect(end.isGood, "\(story), killed \(deaths): \(end)")
      chances.add(end.chances)
    }
    print("\(story): killed twice in \(pairs) ways, of the second \(chances)")
    #expect(chances.areGood, "\(story), of the second \(chances)")
  }

  private mutating func renew() throws {
    (world, scheduler) = try Self.makeWorld(for: story)
    newWorldAt = Clock.system.now + Self.worldTime
  }

  private func end(of fates: [Story.Fate]) throws -> End {
    var broken = try BooksStore.broken(world.scene.bazaar.stack.look())
    broken += try world.disagreements()
    let open = try world.open()
    if open > 0 { broken.append("\(open) questions are open") }
    return End(
      statuses: try fates.map { try world.scene.statusInDatabase($0.order) },
      missing: try fates.flatMap { try missing(of: $0) }, broken: broken)
  }

  private func missing(of fate: Story.Fate) throws -> [String] {
    var missing: [String] = []
    if try world.scene.statusInDatabase(fate.order) != fate.status { missing.append(fate.status) }
    if let outcome = fate.outcome {
      let holds: Bool? = try world.scene.bazaar.stack.look().first(outcome.holds(for: fate.order)) {
        row in try row.next()
      }
      if holds != true { missing.append(outcome.rawValue) }
    }
    return missing
  }
}
