internal import Glibc
internal import Synchronization

/// For proofs that a process may die anywhere: it kills itself (SIGKILL) before or after the n-th
/// exchange with the outside: round trips of transactions and calls of other servers, which are
/// counted, and apart from them statements on their own, as who looks for work asks them as often
/// as time allows.
///
/// `SOUK_CRASH_POINT=7:before` or `7:after` says where, `~7:before` among the statements on their
/// own. `SOUK_CRASH_LOG=file` has one line written for each point as it is reached: its number, its
/// kind, and what it says. Neither is set in production; without them, a point costs one look at
/// a constant.
package enum CrashPoints {
  private struct Plan: Sendable {
    let fatal: String
    let isBefore: Bool
    let log: String?
  }

  /// Where a process is; empty when nobody wants to know.
  package struct Point {
    fileprivate let name: String
  }

  private static let plan: Plan? = {
    let environment = Environment.current()
    let log = environment["SOUK_CRASH_LOG"]
    let parts = (environment["SOUK_CRASH_POINT"] ?? "").split(separator: ":")
    guard !parts.isEmpty || log != nil else { return nil }
    return Plan(
      fatal: parts.first.map(String.init) ?? "", isBefore: parts.last == "before", log: log)
  }()
  private static let passed = Atomic<Int>(0)
  private static let passedAlone = Atomic<Int>(0)

  /// To be said before the exchange; what comes back is for `after`.
  package static func before(
    _ kind: StaticString, alone isAlone: Bool = false, _ words: @autoclosure () -> String
  ) -> Point {
    guard let plan else { return Point(name: "") }
    let name =
      isAlone
      ? "~\(passedAlone.add(1, ordering: .sequentiallyConsistent).newValue)"
      : "\(passed.add(1, ordering: .sequentiallyConsistent).newValue)"
    if let log = plan.log { write("\(name) \(kind) \(inOneLine(words()))\n", to: log) }
    if plan.isBefore, name == plan.fatal { die() }
    return Point(name: name)
  }

  package static func after(_ point: Point) {
    guard let plan, !plan.isBefore, point.name == plan.fatal else { return }
    die()
  }

  private static func die() { kill(getpid(), SIGKILL) }

  private static func inOneLine(_ words: String) -> String {
    String(words.map { $0.isNewline ? " " : $0 })
  }

  /// In one piece, so that lines of several threads do not mix. A log that cannot be written fails
  /// the proof that reads it.
  private static func write(_ line: String, to path: String) {
    let file = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    guard file >= 0 else { return }
    defer { close(file) }
    let bytes = Array(line.utf8)
    _ = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(file, $0.baseAddress, $0.count) }
  }
}
