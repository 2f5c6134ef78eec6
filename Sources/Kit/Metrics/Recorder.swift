internal import Core
internal import Glibc
internal import Synchronization

/// Counts what a function does, in memory that all its processes share and that outlives them.
///
/// SAFETY: the mapping lives as long as the recorder, and every word in it is only touched
/// atomically.
@safe
package final class Recorder: @unchecked Sendable {
  private let base: UnsafeMutableRawPointer
  private let length: Int
  private let words: UnsafeMutablePointer<Atomic<UInt64>>
  private let process: Int

  /// The first route takes requests that match none. A file of another set of routes, left by an
  /// earlier release, is replaced. Without a path the counters are this process's own.
  package init(path: String?, routes: [String], workers: Int) throws {
    let mapped = try Mapping.open(path: path, routes: routes)
    unsafe base = mapped.base
    length = mapped.length
    unsafe words = (mapped.base + Layout.wordsOffset(routes: routes.count))
      .assumingMemoryBound(to: Atomic<UInt64>.self)
    unsafe process = Self.claimSlot(in: words, workers: workers)
    add(.starts, 1)
  }

  deinit {
    if process >= 0 { store(Layout.process(process), 0) }
    unsafe munmap(base, length)
  }

  package func record(route: Int, status: Int, microseconds: Int) {
    let start = Layout.route(route)
    let statusClass = min(max(status / 100, 1), Layout.statusClasses) - 1
    let bucket = Layout.buckets.firstIndex { microseconds <= $0 } ?? Layout.buckets.count
    increase(start + statusClass, 1)
    increase(start + Layout.statusClasses, microseconds)
    increase(start + Layout.statusClasses + 1 + bucket, 1)
  }

  package func add(_ counter: Layout.Counter, _ amount: Int) {
    if amount > 0 { increase(Layout.counter(counter), amount) }
  }

  package func workerIsBusy(_ isBusy: Bool) {
    guard process >= 0 else { return }
    increase(Layout.process(process) + 2, isBusy ? 1 : -1)
  }

  private func increase(_ word: Int, _ amount: Int) {
    unsafe words[word].wrappingAdd(UInt64(bitPattern: Int64(amount)), ordering: .relaxed)
  }

  private func store(_ word: Int, _ value: UInt64) {
    unsafe words[word].store(value, ordering: .relaxed)
  }

  /// A slot whose process is gone may be taken over. −1 when all are taken: then only the use of
  /// the workers goes uncounted.
  private static func claimSlot(
    in words: UnsafeMutablePointer<Atomic<UInt64>>, workers: Int
  ) -> Int {
    for slot in 0..<Layout.processSlots {
      let word = Layout.process(slot)
      let owner = unsafe words[word].load(ordering: .relaxed)
      if owner != 0 && ProcessProbe.isAlive(Int32(truncatingIfNeeded: owner)) { continue }
      let claim = unsafe words[word].compareExchange(
        expected: owner, desired: UInt64(getpid()), ordering: .sequentiallyConsistent)
      if claim.exchanged {
        unsafe words[word + 1].store(UInt64(workers), ordering: .relaxed)
        unsafe words[word + 2].store(0, ordering: .relaxed)
        return slot
      }
    }
    return -1
  }
}

enum ProcessProbe {
  static func isAlive(_ process: Int32) -> Bool { kill(process, 0) == 0 || errno == EPERM }
}
