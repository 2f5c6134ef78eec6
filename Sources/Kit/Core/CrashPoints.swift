internal import Glibc
internal import Synchronization

/// For proofs that a process may die anywhere: it kills itself (SIGKILL) before or after the n-th
/// exchange with the outside that matters: round trips of transactions, and calls of other
/// servers.
///
/// `SOUK_CRASH_POINT=7:before` or `7:after` says where. `SOUK_CRASH_LOG=file` has one line written
/// for each point as it is reached: its number, its kind, and how it begins. Neither is set in
/// production; without them, a point costs one look at a constant.
package enum CrashPoints {
  private struct Plan: Sendable {
    let fatal: Int
    let isBefore: Bool
    let log: String?
  }

  private static let plan: Plan? = {
    let environment = Environment.current()
    let log = environment["SOUK_CRASH_LOG"]
    let parts = (environment["SOUK_CRASH_POINT"] ?? "").split(separator: ":")
    let number = parts.first.flatMap { Int($0) }
    guard number != nil || log != nil else { return nil }
    return Plan(fatal: number ?? 0, isBefore: parts.last == "before", log: log)
  }()
  private static let passed = Atomic<Int>(0)

  /// To be said before the exchange; the number is for `after`. Zero when nobody wants to know.
  package static func before(_ kind: StaticString, _ words: @autoclosure () -> String) -> Int {
    guard let plan else { return 0 }
    let number = passed.add(1, ordering: .sequentiallyConsistent).newValue
    if let log = plan.log { write("\(number) \(kind) \(brief(words()))\n", to: log) }
    if plan.isBefore, number == plan.fatal { die() }
    return number
  }

  package static func after(_ number: Int) {
    guard let plan, number > 0 else { return }
    if !plan.isBefore, number == plan.fatal { die() }
  }

  private static func die() { kill(getpid(), SIGKILL) }

  private static func brief(_ words: String) -> String {
    String(words.map { $0.isNewline ? " " : $0 }.prefix(120))
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
