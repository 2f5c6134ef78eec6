internal import Glibc

/// Why a file could not be read, written or removed.
package struct FileError: Error, Hashable, CustomStringConvertible {
  package let path: String
  package let reason: String
  /// The system's error number, 0 where the reason is our own.
  package let number: Int32

  package init(_ path: String, _ reason: String) {
    self.path = path
    self.reason = reason
    number = 0
  }

  /// Takes the error number of the call that has just failed.
  package init(path: String) {
    self.path = path
    number = errno
    reason = unsafe strerror(number).map { unsafe String(cString: $0) } ?? "error \(number)"
  }

  package var isMissing: Bool { number == ENOENT }

  package var description: String { "\(path): \(reason)" }
}

/// Whole files and directories. A path with a zero byte is refused as the system would cut it.
package enum Files {
  /// Throws when the file is missing, unreadable, or larger than `bytesMax`.
  package static func read(
    _ path: String, bytesMax: Int = 64 << 20
  ) throws(FileError) -> [UInt8] {
    let file = try open(path, O_RDONLY | O_CLOEXEC, mode: 0)
    defer { close(file) }
    var bytes = [UInt8]()
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = unsafe Glibc.read(file, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw FileError(path: path) }
      if count == 0 { return bytes }
      bytes += chunk[..<count]
      guard bytes.count <= bytesMax else {
        throw FileError(path, "is larger than \(bytesMax) bytes")
      }
    }
  }

  /// The file as text. Throws also when it is no UTF-8.
  package static func readText(_ path: String) throws(FileError) -> String {
    guard let text = String(validating: try read(path), as: UTF8.self) else {
      throw FileError(path, "is not UTF-8")
    }
    return text
  }

  /// Readers see the whole old file or the whole new one; also after a power cut, where the disk
  /// was waited for.
  package static func write(
    _ bytes: [UInt8], to path: String, mode: UInt32 = 0o644, waitsForDisk: Bool = true
  ) throws(FileError) {
    let draft = "\(path).\(getpid()).\(UInt32.random(in: 0 ... .max))"
    let file = try open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode: mode)
    do throws(FileError) {
      defer { close(file) }
      // The mask of the process must not decide.
      guard fchmod(file, mode) == 0 else { throw FileError(path: draft) }
      try write(bytes, to: file, path: draft)
      guard !waitsForDisk || fsync(file) == 0 else { throw FileError(path: draft) }
    } catch {
      unsafe unlink(draft)
      throw error
    }
    guard unsafe rename(draft, path) == 0 else {
      let error = FileError(path: path)
      unsafe unlink(draft)
      throw error
    }
  }

  package static func exists(_ path: String) -> Bool {
    unsafe access(path, F_OK) == 0
  }

  /// The names in a directory, sorted, without `.` and `..`.
  package static func list(_ directory: String) throws(FileError) -> [String] {
    guard let handle = unsafe opendir(directory) else { throw FileError(path: directory) }
    defer { unsafe closedir(handle) }
    var names = [String]()
    while true {
      errno = 0
      guard let entry = unsafe readdir(handle) else {
        guard errno == 0 else { throw FileError(path: directory) }
        return names.sorted()
      }
      let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
    }
  }

  /// Makes the directory and those above it. One that exists is left as it is.
  package static func makeDirectory(
    _ path: String, mode: UInt32 = 0o755
  ) throws(FileError) {
    if unsafe mkdir(path, mode) == 0 { return }
    if errno == EEXIST, isDirectory(path, followingLinks: true) { return }
    guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
      throw FileError(path: path)
    }
    try makeDirectory(String(path[..<slash]), mode: mode)
    guard unsafe mkdir(path, mode) == 0 || errno == EEXIST else { throw FileError(path: path) }
  }

  /// A directory of its own that only this user can enter. The caller removes it.
  package static func makeTemporaryDirectory(_ prefix: String) throws(FileError) -> String {
    let parent = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
    var template = Array("\(parent)/\(prefix)-XXXXXX".utf8CString)
    guard unsafe mkdtemp(&template) != nil else { throw FileError(path: parent) }
    return String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// Removes a file or a whole directory; a symbolic link, not what it points to. Nothing there
  /// is no error.
  package static func remove(_ path: String) throws(FileError) {
    if unsafe unlink(path) == 0 || errno == ENOENT { return }
    guard errno == EISDIR || errno == EPERM, isDirectory(path) else {
      throw FileError(path: path)
    }
    for name in try list(path) { try remove("\(path)/\(name)") }
    guard unsafe rmdir(path) == 0 || errno == ENOENT else { throw FileError(path: path) }
  }

  package static func isDirectory(_ path: String, followingLinks: Bool = false) -> Bool {
    var status = stat()
    let found = unsafe followingLinks ? stat(path, &status) : lstat(path, &status)
    return found == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  private static func open(
    _ path: String, _ flags: Int32, mode: UInt32
  ) throws(FileError) -> Int32 {
    guard !path.utf8.contains(0) else { throw FileError(path, "holds a zero byte") }
    let file = unsafe Glibc.open(path, flags, mode)
    guard file >= 0 else { throw FileError(path: path) }
    return file
  }

  private static func write(
    _ bytes: [UInt8], to file: Int32, path: String
  ) throws(FileError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(file, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw FileError(path: path) }
      rest = rest.dropFirst(count)
    }
  }
}
