import Core
import Processes

/// Shows what the supervisor does until it has started everything.
struct StartFollower {
  let home: Home
  let timeout: Duration

  /// Throws when the supervisor gives up or is gone.
  func follow(_ steps: inout Steps, isAlive: () throws -> Bool) throws {
    var shown = 0
    let hasStarted: Bool? = try probe(for: timeout) {
      // Asked first: what it wrote before it ended is still to be shown.
      let hasEnded = try !isAlive()
      for event in try progress().dropFirst(shown) {
        shown += 1
        if try show(event, &steps) { return true }
      }
      guard !hasEnded else {
        let log = LogTail(home.log(of: "supervisor")).lastLines(1)
        throw Failure("the supervisor has ended: \(log)")
      }
      return nil
    }
    guard hasStarted == true else {
      throw Failure("the stack is still starting: see `souk status` and `souk logs supervisor`")
    }
  }

  /// True when everything was started.
  private func show(_ event: Progress, _ steps: inout Steps) throws -> Bool {
    switch event {
    case .began(let text): steps.begin(text)
    case .done(let text): steps.done(text)
    case .failed(let text):
      steps.failed(text)
      throw Failure("the stack does not start: `souk doctor` and `souk logs` tell more")
    case .started: return true
    }
    return false
  }

  /// What the supervisor has reported so far.
  func progress() throws -> [Progress] {
    guard Files.exists(home.progress) else { return [] }
    let text = try Files.readText(home.progress)
    // What stands after the last line break is still being written.
    return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
      .compactMap { Progress(line: $0) }
  }
}
