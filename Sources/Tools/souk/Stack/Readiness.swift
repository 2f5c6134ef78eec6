import Core
import HTTPClient
import JSON
import Processes

/// Asks the stack whether requests can be served.
struct Readiness {
  let home: Home
  let port: Int

  func isReady(_ client: HTTPClient) -> Bool {
    do {
      return try client.send("GET", "http://127.0.0.1:\(port)/health/ready").status == 200
    } catch {
      // Not answering is what is being waited through.
      return false
    }
  }

  /// Throws, naming the functions that do not stay up, when it is not ready in time.
  func wait(for timeout: Duration, _ steps: inout Steps) throws {
    let name = "Ready"
    steps.begin(name)
    let client = HTTPClient(timeout: .seconds(5))
    let answer: Bool? = try probe(for: timeout) {
      if isReady(client) { return true }
      guard try home.isRunning else { throw Failure("the stack was stopped meanwhile") }
      return nil
    }
    guard answer == true else {
      steps.failed(name)
      throw Failure("/health/ready is not green after \(timeout)\(try culprits()): `souk doctor`")
    }
    steps.done(name)
  }

  private func culprits() throws -> String {
    let children = try ChildrenFile.read(home.children)?.children ?? []
    let failing = children.filter { $0.isFailing || $0.restarts > 1 }
    guard !failing.isEmpty else { return "" }
    return ", as these end again and again: "
      + failing.map { "\($0.name) (\($0.lastEndText ?? ""))" }.joined(separator: ", ")
  }
}
