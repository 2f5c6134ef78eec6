import Core
import Glibc
import Processes

/// What a supervisor that was killed left running. The kernel has told its children to end; this
/// waits for them, and ends those that do not.
enum Leftovers {
  private static let patience = Duration.seconds(10)

  /// The caller holds the supervisor's lock. Throws when a process does not even end by force.
  static func end(recordedIn path: String) throws {
    guard let file = try ChildrenFile.read(path),
      file.machineStart == ProcessIdentity.machineStart
    else { return }
    let leaders = file.children.flatMap(\.processes).map(\.identity)
    var left = try members(of: leaders)
    for pid in left { kill(pid, SIGTERM) }
    if try probe(for: patience, { try members(of: leaders).isEmpty ? true : nil }) != nil { return }
    left = try members(of: leaders)
    for pid in left { kill(pid, SIGKILL) }
    guard try probe(for: patience, { try members(of: leaders).isEmpty ? true : nil }) != nil else {
      throw Failure(
        "processes of an earlier stack do not end: \(left). End them, then try again")
    }
  }

  private static func members(of leaders: [ProcessIdentity]) throws -> [Int32] {
    try leaders.flatMap { try $0.sessionMembers() }
  }
}
