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
    var table = "\(story): \(acts.flatMap(\.self).count) points\n"
    for (number, points) in acts.enumerated() {
      let places = Self.places(in: points, of: story)
      for place in places {
        // To die after one is to die before the next: nothing that lasts happens in between.
        let isAlone = !places.contains(place + 1)
        for isBefore in isAlone || Effort.isLong ? [true, false] : [true] {
          let death = Program.Death(point: place + 1, isBefore: isBefore)
          let end = try theatre.play(killing: [death], inAct: number)
          let point = points[place]
          #expect(end.isGood(for: story), "\(story), killed \(death): \(point): \(end)")
          table += "  \(number + 1), \(death) → \(end): \(point)\n"
        }
      }
    }
    print(table)
    if Effort.isLong { try theatre.killAgain(acts) }
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
