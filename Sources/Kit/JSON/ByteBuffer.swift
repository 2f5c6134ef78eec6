/// Bytes that are only ever appended to. An array checks with every byte whether it is shared;
/// with keys, commas and quotes written byte by byte, that was a third of the time of an answer.
@safe
struct ByteBuffer: ~Copyable, @unchecked Sendable {
  // SAFETY: the only owner of its memory. `count` never passes `capacity`, and the first
  // `count` bytes are set.
  private var base: UnsafeMutablePointer<UInt8>
  private var capacity: Int
  private(set) var count = 0

  init(capacity: Int) {
    self.capacity = max(capacity, 16)
    unsafe base = .allocate(capacity: self.capacity)
  }

  deinit { unsafe base.deallocate() }

  var bytes: [UInt8] {
    unsafe [UInt8](UnsafeBufferPointer(start: base, count: count))
  }

  mutating func append(_ byte: UInt8) {
    if count == capacity { grow(by: 1) }
    unsafe base[count] = byte
    count += 1
  }

  mutating func append(_ span: Span<UInt8>) {
    if span.count > capacity - count { grow(by: span.count) }
    unsafe span.withUnsafeBufferPointer { source in
      guard let first = source.baseAddress else { return }
      unsafe (base + count).update(from: first, count: source.count)
    }
    count += span.count
  }

  private mutating func grow(by more: Int) {
    capacity = max(2 * capacity, count + more)
    let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
    unsafe larger.update(from: base, count: count)
    unsafe base.deallocate()
    unsafe base = larger
  }
}
