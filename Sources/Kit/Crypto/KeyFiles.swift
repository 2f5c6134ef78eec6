internal import Glibc

/// The directory of keys could not be read or written.
package struct KeyRingError: Error, CustomStringConvertible {
  package let path: String
  package let problem: String

  init(_ path: String, _ problem: String) {
    self.path = path
    self.problem = problem
  }

  /// With the reason that the operating system gave last.
  init(_ path: String, failed operation: String) {
    // SAFETY: the text is copied at once; glibc keeps one for each thread.
    let reason = unsafe String(cString: strerror(errno))
    self.init(path, "cannot \(operation): \(reason)")
  }

  package var description: String { "\(path): \(problem)" }
}

/// One key is one file, `<kid>.pem`.
struct KeyFiles {
  private static let longestFile = 16 * 1024
  private static let suffix = ".pem"

  let directory: String

  func path(of kid: KeyID) -> String { "\(directory)/\(kid.text)\(Self.suffix)" }

  /// The oldest first. Files of other names are none of our business.
  func kids() throws(KeyRingError) -> [KeyID] {
    guard let stream = unsafe opendir(directory) else {
      throw KeyRingError(directory, failed: "read the directory")
    }
    defer { unsafe closedir(stream) }
    var kids: [KeyID] = []
    errno = 0
    while let entry = unsafe readdir(stream) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
        unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) {
          unsafe String(cString: $0)
        }
      }
      if name.hasSuffix(Self.suffix), let kid = KeyID(String(name.dropLast(Self.suffix.count))) {
        kids.append(kid)
      }
      errno = 0
    }
    guard errno == 0 else { throw KeyRingError(directory, failed: "read the directory") }
    return kids.sorted()
  }

  /// Nil when the file is gone, as after a rotation.
  func read(_ kid: KeyID) throws(KeyRingError) -> [UInt8]? {
    let path = path(of: kid)
    let file = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC)
    if file < 0, errno == ENOENT { return nil }
    guard file >= 0 else { throw KeyRingError(path, failed: "open the key") }
    defer { close(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = unsafe Glibc.read(file, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw KeyRingError(path, failed: "read the key") }
      if count == 0 { return bytes }
      bytes += chunk.prefix(count)
      guard bytes.count <= Self.longestFile else { throw KeyRingError(path, "too long for a key") }
    }
  }

  /// Another process sees the whole key or none: it is written under a name nobody reads, then
  /// gets its own. Unlike a renaming this never replaces a key: it throws.
  func create(_ kid: KeyID, _ bytes: [UInt8]) throws(KeyRingError) {
    let path = path(of: kid)
    let temporary = "\(directory)/.\(kid.text).\(getpid()).tmp"
    try write(bytes, to: temporary)
    defer { unsafe unlink(temporary) }
    guard unsafe link(temporary, path) == 0 else {
      throw KeyRingError(path, failed: "put the key in place")
    }
    try syncDirectory()
  }

  private func write(_ bytes: [UInt8], to path: String) throws(KeyRingError) {
    let file = unsafe Glibc.open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw KeyRingError(path, failed: "create the file") }
    defer { close(file) }
    // A key is far below the size that a file system takes in parts.
    guard unsafe Glibc.write(file, bytes, bytes.count) == bytes.count, fsync(file) == 0 else {
      let error = KeyRingError(path, failed: "write the key")
      unsafe unlink(path)
      throw error
    }
  }

  /// Without it a crash of the machine could forget the new name.
  private func syncDirectory() throws(KeyRingError) {
    let file = unsafe Glibc.open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard file >= 0 else { throw KeyRingError(directory, failed: "open the directory") }
    defer { close(file) }
    guard fsync(file) == 0 else { throw KeyRingError(directory, failed: "save the directory") }
  }

  func delete(_ kid: KeyID) throws(KeyRingError) {
    let path = path(of: kid)
    guard unsafe unlink(path) == 0 || errno == ENOENT else {
      throw KeyRingError(path, failed: "delete the key")
    }
  }

  /// The last part of the path; mode 0700, as what is in it is secret.
  func createDirectory() throws(KeyRingError) {
    guard unsafe mkdir(directory, 0o700) == 0 || errno == EEXIST else {
      throw KeyRingError(directory, failed: "create the directory")
    }
  }
}
