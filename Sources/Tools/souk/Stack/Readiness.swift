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

  /// Throws, naming the functions that do not stay up, when it is not ready in time or will not be.
  func wait(for timeout: Duration, _ steps: inout Steps) throws {
    let name = "Ready"
    steps.begin(name)
    let client = HTTPClient(timeout: .seconds(2))
    let answer: Bool? = try probe(for: timeout) {
      if isReady(client) { return true }
      guard try home.isRunning else { throw Failure("the stack was stopped meanwhile") }
      return try culprits().isEmpty ? nil : false
    }
    guard answer == true else {
      steps.failed(name)
      let reasons = try culprits()
      throw Failure(
        reasons.isEmpty
          ? "/health/ready is not green after \(timeout): see `souk logs`"
          : "not everything stays up. " + reasons.joined(separator: ". "))
    }
    steps.done(name)
  }

  /// What has died so often that it will go on so.
  private func culprits() throws -> [String] {
    let children = try ChildrenFile.read(home.children)?.children ?? []
    return children.filter { $0.restarts >= 4 && $0.slot == 0 }.map {
      "\($0.name) ended with \($0.lastEndText ?? "")"
    }
  }
}
