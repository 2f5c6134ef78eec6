package import Core
internal import Glibc

/// A process known by more than its number, which may be another's tomorrow.
package struct ProcessIdentity: Hashable, Sendable {
  package let pid: Int32
  /// In ticks since the machine started.
  package let startTicks: UInt64

  package init(pid: Int32, startTicks: UInt64) {
    self.pid = pid
    self.startTicks = startTicks
  }

  /// Nil when no such process runs.
  package init?(pid: Int32) {
    guard let line = ProcessLine(pid: pid), !line.isDead else { return nil }
    self.init(pid: pid, startTicks: line.startTicks)
  }

  package var isAlive: Bool { ProcessIdentity(pid: pid) == self }

  /// The processes of the session it leads or led, itself among them. The kernel gives no new
  /// process a number that still names a session, so that they are its own when it is gone.
  package func sessionMembers() throws(FileError) -> [Int32] {
    if let other = ProcessIdentity(pid: pid), other != self { return [] }
    return try Files.list("/proc").compactMap { Int32($0) }.filter { member in
      guard let line = ProcessLine(pid: member) else { return false }
      return line.session == pid && !line.isDead
    }
  }

  /// Bytes in memory, what is shared with other processes counted apart. Nil when it is gone.
  package static func memory(of pid: Int32) -> (own: Int, shared: Int)? {
    guard let pages = textIfPresent("/proc/\(pid)/statm")?.split(separator: " ").map({ Int($0) }),
      pages.count > 2, let resident = pages[1], let shared = pages[2]
    else { return nil }
    let page = Int(getpagesize())
    return ((resident - shared) * page, shared * page)
  }

  /// Differs after every start of the machine, from when on ticks mean other times.
  package static var machineStart: String {
    textIfPresent("/proc/sys/kernel/random/boot_id")?.split(separator: "\n").first.map(String.init)
      ?? ""
  }
}

/// What the kernel says of a process in `/proc/<pid>/stat`.
private struct ProcessLine {
  let state: Substring
  let session: Int32
  let startTicks: UInt64

  /// Ended, and only waiting for its parent to ask how.
  var isDead: Bool { state == "Z" || state == "X" }

  init?(pid: Int32) {
    // The program's name stands in brackets and may hold anything; after the last one it is safe.
    guard let text = textIfPresent("/proc/\(pid)/stat"), let end = text.lastIndex(of: ")") else {
      return nil
    }
    let fields = text[text.index(after: end)...].split(separator: " ")
    guard fields.count > 19, let session = Int32(fields[3]), let ticks = UInt64(fields[19]) else {
      return nil
    }
    state = fields[0]
    self.session = session
    startTicks = ticks
  }
}
