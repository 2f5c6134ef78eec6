internal import Glibc

/// A POSIX thread that runs one closure. No signal is delivered to it: those are the main
/// thread's.
@safe
package struct WorkerThread: @unchecked Sendable {
  // SAFETY: a pthread_t is a number that any thread may join, once.
  private let handle: pthread_t

  package init(_ body: @escaping @Sendable () -> Void) throws(ThreadError) {
    let box = unsafe Unmanaged.passRetained(Work(body)).toOpaque()
    var all = sigset_t()
    var previous = sigset_t()
    unsafe sigfillset(&all)
    unsafe pthread_sigmask(SIG_BLOCK, &all, &previous)
    var thread = pthread_t()
    let status = unsafe pthread_create(
      &thread, nil,
      { box in
        if let box = unsafe box {
          unsafe Unmanaged<Work>.fromOpaque(box).takeRetainedValue().body()
        }
        return nil
      }, box)
    unsafe pthread_sigmask(SIG_SETMASK, &previous, nil)
    guard status == 0 else {
      unsafe Unmanaged<Work>.fromOpaque(box).release()
      throw ThreadError(errno: status)
    }
    handle = thread
  }

  package func join() { _ = pthread_join(handle, nil) }

  private final class Work: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
}

/// The system gives no further thread.
package struct ThreadError: Error, CustomStringConvertible {
  let errno: Int32

  package var description: String { "pthread_create failed with \(errno)" }
}
