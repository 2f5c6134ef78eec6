import Core
import JSON
import KitTesting
import Postgres
import Testing
import souk

/// Kills the scheduled function before and after every exchange it has with the database and with
/// the world outside, and sees that what comes after it puts everything right.
@Suite struct CrashPointTests {
  @Test(arguments: Story.inside + Story.later + Story.outside)
  func anythingMayBeKilledAnywhere(_ story: Story) throws {
    var theatre = try Theatre(story)
    let acts = try theatre.rehearse()
    let (counted, alone) = (acts.flatMap(\.counted).count, acts.flatMap(\.alone).count)
    let deaths = acts.map { Self.deaths(in: $0, of: story) }
    let count = deaths.reduce(0) { $0 + $1.count }
    try #require(count > 0, "nobody dies in \(story)")
    var chances = Theatre.Chances()
    var table = "\(story): \(counted) points, about \(alone) alone, \(count) deaths\n"
    for (number, deaths) in deaths.enumerated() {
      for death in deaths {
        let end = try theatre.play(killing: [death], inAct: number)
        #expect(end.isGood, "\(story), killed \(death): \(end.place): \(end)")
        chances.add(end.chances)
        let lived = end.chances.lived > 0 ? ", lived" : ""
        table += "  \(number + 1), \(death)\(lived) → \(end): \(end.place)\n"
      }
    }
    print("\(table)  of those who might live \(chances)")
    #expect(chances.areGood, "\(story): \(chances)")
    if Effort.isLong { try theatre.killAgain(acts) }
  }

  private static func deaths(in passage: Program.Passage, of story: Story) -> [Program.Death] {
    let places = places(in: passage.counted, of: story)
    let counted = places.flatMap { place in
      // To die after one is to die before the next: nothing that lasts happens in between.
      let isLast = !places.contains(place + 1)
      return (isLast ? [true, false] : [true])
        .map { Program.Death(point: place + 1, isBefore: $0) }
    }
    return story.news.isEmpty || Effort.isLong ? counted + passage.deathsAlone : counted
  }

  /// All of them; without the time for that, of stories that resemble others those at what is new
  /// in them, and next to it.
  private static func places(in points: [String], of story: Story) -> [Int] {
    guard !story.news.isEmpty, !Effort.isLong else { return Array(points.indices) }
    let news = points.indices.filter { place in
      story.news.contains { points[place].contains($0) }
    }
    let reach = story.isOutside ? 2 : 0
    return points.indices.filter { place in news.contains { abs($0 - place) <= reach } }
  }
}
