import Core
import KitTesting
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
    let status: String
    let broken: [String]
    /// Where the first death was.
    var place = ""

    func isGood(for story: Story) -> Bool { status == story.ends && broken.isEmpty }
    var description: String {
      broken.isEmpty ? status : "\(status) BROKEN \(broken.joined(separator: "; "))"
    }
  }

  init(_ story: Story) throws {
    self.story = story
    (world, scheduler) = try Self.makeWorld(for: story)
    newWorldAt = Clock.system.now + Self.worldTime
  }

  private static func makeWorld(for story: Story) throws -> (World, Program) {
    let world = try World(
      pieces: [1000], currency: story.currency, sendsMail: story.sendsMail)
    _ = try world.scene.promotion(code: "TEN", limit: 1_000_000)
    let scheduler = Program("scheduler", on: world.scene.bazaar.stack)
    try scheduler.run(["--once"])
    return (world, scheduler)
  }

  /// Undisturbed, to know the points of each act.
  func rehearse() throws -> [Program.Passage] {
    let order = try story.prepare(world)
    let acts = try (0..<story.acts).map { act in
      if act > 0 { try world.pass(story.pauses[act - 1]) }
      return try scheduler.run(["--once"])
    }
    let end = try end(of: order)
    #expect(end.isGood(for: story), "\(story): \(end)")
    try #require(acts.allSatisfy { $0.counted.count > 5 }, "\(acts)")
    return acts
  }

  /// The first death is certain, among points that are counted; those after it happen where
  /// somebody comes that far.
  mutating func play(killing deaths: [Program.Death], inAct act: Int) throws -> End {
    if Clock.system.now > newWorldAt { try renew() }
    let order = try story.prepare(world)
    for place in 0..<act {
      try scheduler.run(["--once"])
      try world.pass(story.pauses[place])
    }
    var place = ""
    for (number, death) in deaths.enumerated() {
      let mayLive = number > 0 || death.isAlone
      let passage = try scheduler.run(["--once"], dying: death, orLiving: mayLive)
      if number == 0 { place = passage.last }
      if story.waitsAfterDeath { try world.pass(.providers) }
    }
    try scheduler.run(["--once"])
    for pause in story.pauses.dropFirst(act) {
      if try end(of: order).isGood(for: story) { break }
      try world.pass(pause)
      try scheduler.run(["--once"])
    }
    // Whoever is asked after a death was perhaps asked before: that takes more than one look.
    var looks = 1
    while story.isOutside || story.sendsMail, looks < 6, try !end(of: order).isGood(for: story) {
      try world.pass(.providers)
      try scheduler.run(["--once"])
      looks += 1
    }
    return try end(of: order, after: place)
  }

  /// How many pairs of deaths of one story are tried.
  private static let pairsMax = 50

  /// A second death, of whoever puts things right after the first: so many of all pairs of points,
  /// spread over both.
  mutating func killAgain(_ acts: [Program.Passage]) throws {
    let places = acts.enumerated().flatMap { act, passage in
      passage.counted.indices.map { (act, $0) }
    }
    let pairs = min(Self.pairsMax, places.count * places.count)
    for number in 0..<pairs {
      let (act, first) = places[number * places.count / pairs]
      // In steps of the golden section it comes everywhere, whatever the first is.
      let second = number * 618 % 1000 * acts[act].counted.count / 1000
      let deaths = [
        Program.Death(point: first + 1, isBefore: number.isMultiple(of: 2)),
        Program.Death(point: second + 1, isBefore: (number / 2).isMultiple(of: 2)),
      ]
      let end = try play(killing: deaths, inAct: act)
      #expect(end.isGood(for: story), "\(story), killed \(deaths): \(end)")
    }
    print("\(story): killed twice in \(pairs) ways")
  }

  private mutating func renew() throws {
    (world, scheduler) = try Self.makeWorld(for: story)
    newWorldAt = Clock.system.now + Self.worldTime
  }

  private func end(of order: OrderID, after place: String = "") throws -> End {
    var broken = try BooksStore.broken(world.scene.bazaar.stack.look())
    broken += try world.disagreements()
    let open = try world.open()
    if open > 0 { broken.append("\(open) questions are open") }
    return End(
      status: try world.scene.statusInDatabase(order), broken: broken, place: place)
  }
}
