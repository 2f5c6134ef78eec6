internal import Core
internal import Glibc

/// Asks again and again until the answer is yes, for at most `limit`. False when it never was.
package func becomesTrue(within limit: Duration = .seconds(10), _ isTrue: () throws -> Bool)
  rethrows -> Bool
{
  let deadline = Clock.monotonicNanoseconds() + UInt64(limit.microseconds) * 1000
  while Clock.monotonicNanoseconds() < deadline {
    if try isTrue() { return true }
    usleep(2000)
  }
  return false
}
