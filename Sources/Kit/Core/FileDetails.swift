internal import Glibc

extension Files {
  /// The bytes from `offset` on, `bytesMax` at most. Throws when the file cannot be read.
  package static func read(
    _ path: String, from offset: Int, bytesMax: Int
  ) throws(FileError) -> [UInt8] {
    let file = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw FileError(path: path) }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: bytesMax)
    let count = unsafe pread(file, &bytes, bytesMax, offset)
    guard count >= 0 else { throw FileError(path: path) }
    return Array(bytes[..<count])
  }

  package static func size(_ path: String) throws(FileError) -> Int {
    Int(try status(path).st_size)
  }

  /// The number of the user whose file it is.
  package static func owner(_ path: String) throws(FileError) -> UInt32 {
    try status(path).st_uid
  }

  private static func status(_ path: String) throws(FileError) -> stat {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { throw FileError(path: path) }
    return status
  }

  /// Replaces what is there.
  package static func move(_ path: String, to target: String) throws(FileError) {
    guard unsafe Glibc.rename(path, target) == 0 else { throw FileError(path: path) }
  }

  /// Readers, and who runs it as a program, have the whole old file or the whole new one.
  package static func copy(
    _ path: String, to target: String, mode: UInt32 = 0o644
  ) throws(FileError) {
    let draft = "\(target).draft"
    try remove(draft)
    let source = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard source >= 0 else { throw FileError(path: path) }
    defer { close(source) }
    let copy = unsafe Glibc.open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
    guard copy >= 0 else { throw FileError(path: draft) }
    defer { close(copy) }
    var count = 0
    repeat {
      count = sendfile(copy, source, nil, 1 << 30)
    } while count > 0
    guard count == 0, fchmod(copy, mode) == 0 else {
      let error = FileError(path: draft)
      unsafe unlink(draft)
      throw error
    }
    try move(draft, to: target)
  }

  /// What is left on the disk of `path` for who is not root.
  package static func freeBytes(at path: String) throws(FileError) -> Int {
    var information = statvfs()
    guard unsafe statvfs(path, &information) == 0 else { throw FileError(path: path) }
    return Int(information.f_bavail) * Int(information.f_frsize)
  }

  /// Where relative paths begin. Throws when the directory was removed.
  package static func workingDirectory() throws(FileError) -> String {
    try target(ofLink: "/proc/self/cwd")
  }

  /// The program that runs.
  package static func executable() throws(FileError) -> String {
    try target(ofLink: "/proc/self/exe")
  }

  private static func target(ofLink path: String) throws(FileError) -> String {
    var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = unsafe readlink(path, &bytes, bytes.count)
    guard count > 0 else { throw FileError(path: path) }
    return String(decoding: bytes[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// Writes to an open descriptor, such as 1 and 2 for the standard streams. False when nobody
  /// reads any more.
  @discardableResult
  package static func write(_ text: String, to descriptor: Int32) -> Bool {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes {
        unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
      }
      if count < 0, errno == EINTR || errno == EAGAIN { continue }
      guard count >= 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }
}
