package import Core
internal import Glibc

/// A user of the system. Servers refuse to run as root, or had better not: they run as another.
package struct Account: Hashable, Sendable {
  package let name: String
  package let user: UInt32
  package let group: UInt32

  /// Throws when there is no such user.
  package init(named name: String) throws(ProcessError) {
    var entry = unsafe passwd()
    var buffer = [CChar](repeating: 0, count: 16 << 10)
    var found: UnsafeMutablePointer<passwd>?
    let code = unsafe getpwnam_r(name, &entry, &buffer, buffer.count, &found)
    guard code == 0, unsafe found != nil else {
      throw ProcessError("there is no user \(name) on this system")
    }
    self.name = name
    user = unsafe entry.pw_uid
    group = unsafe entry.pw_gid
  }

  /// Who this process is: a number where the system has no name for it.
  package static var ownName: String {
    var entry = unsafe passwd()
    var buffer = [CChar](repeating: 0, count: 16 << 10)
    var found: UnsafeMutablePointer<passwd>?
    let code = unsafe getpwuid_r(getuid(), &entry, &buffer, buffer.count, &found)
    guard code == 0, let found = unsafe found else { return "\(getuid())" }
    return unsafe String(cString: found.pointee.pw_name)
  }

  /// The account servers are to run as: nil when this process is not root and stays who it is.
  package static func forServers(_ name: String = "nobody") throws(ProcessError) -> Account? {
    geteuid() == 0 ? try Account(named: name) : nil
  }

  /// The command run as this user, without any right of root.
  package func wrapping(_ arguments: [String]) -> [String] {
    ["setpriv", "--reuid=\(user)", "--regid=\(group)", "--clear-groups", "--"] + arguments
  }

  /// Gives a directory and all in it to this user. Throws where that is not allowed.
  package func own(_ path: String) throws(FileError) {
    guard unsafe lchown(path, user, group) == 0 else { throw FileError(path: path) }
    guard Files.isDirectory(path) else { return }
    for name in try Files.list(path) { try own("\(path)/\(name)") }
  }

  /// Throws, naming the directory and the remedy, when this user cannot pass through one of the
  /// directories above `path`.
  package func checkReach(of path: String) throws(ProcessError) {
    guard let resolved = unsafe realpath(path, nil) else {
      throw ProcessError(FileError(path: path))
    }
    defer { unsafe free(resolved) }
    var directory = unsafe String(cString: resolved)
    while let slash = directory.lastIndex(of: "/") {
      directory = String(directory[..<slash])
      let place = directory.isEmpty ? "/" : directory
      guard try canPass(place) else {
        throw ProcessError(
          "the user \(name) cannot enter \(place), which is above \(path): "
            + "run `chmod o+x \(place)` or choose another directory")
      }
    }
  }

  private func canPass(_ directory: String) throws(ProcessError) -> Bool {
    var status = stat()
    guard unsafe stat(directory, &status) == 0 else {
      throw ProcessError(FileError(path: directory))
    }
    if status.st_uid == user { return status.st_mode & S_IXUSR != 0 }
    if status.st_gid == group { return status.st_mode & S_IXGRP != 0 }
    return status.st_mode & S_IXOTH != 0
  }
}

extension Account? {
  /// Runs the command as the account, or as who we are without one.
  func wrapping(_ arguments: [String]) -> [String] {
    self?.wrapping(arguments) ?? arguments
  }

  /// Makes a directory only the account, or we, can enter.
  func makePrivateDirectory(_ path: String) throws(ProcessError) {
    do throws(FileError) {
      try Files.makeDirectory(path, mode: 0o711)
      guard unsafe chmod(path, 0o700) == 0 else { throw FileError(path: path) }
      try self?.own(path)
    } catch {
      throw ProcessError(error)
    }
    try self?.checkReach(of: path)
  }
}
