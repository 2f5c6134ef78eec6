package import Core
internal import Glibc

/// A file only one process holds at a time. The kernel gives it free when that process is gone,
/// however it ends.
package final class FileLock: Sendable {
  private let file: Int32

  /// Makes the file when it is missing. Nil when another process holds the lock.
  package init?(_ path: String) throws(FileError) {
    let file = unsafe Glibc.open(path, O_RDONLY | O_CREAT | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw FileError(path: path) }
    guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
      close(file)
      return nil
    }
    self.file = file
  }

  deinit { close(file) }

  /// Looking takes a moment's shared lock, so whoever wants the lock itself tries more than once.
  package static func isHeld(_ path: String) throws(FileError) -> Bool {
    let file = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC)
    if file < 0, errno == ENOENT { return false }
    guard file >= 0 else { throw FileError(path: path) }
    defer { close(file) }
    return flock(file, LOCK_SH | LOCK_NB) != 0
  }
}
