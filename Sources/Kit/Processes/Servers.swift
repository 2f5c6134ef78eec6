internal import Core
internal import Glibc

/// The kernel takes no longer path for a socket.
func checkSocketPath(_ path: String) throws(ProcessError) {
  guard path.hasPrefix("/") else {
    throw ProcessError("the directory of \(path) must be an absolute path")
  }
  guard path.utf8.count <= 107 else {
    throw ProcessError(
      "the socket path \(path) is \(path.utf8.count) bytes long, at most 107 are possible: "
        + "choose a shorter directory")
  }
}

/// The pids of all processes whose working directory this is, as far as we may see them.
func processes(workingIn directory: String) throws(ProcessError) -> [Int32] {
  guard let wanted = unsafe realpath(directory, nil) else { return [] }
  defer { unsafe free(wanted) }
  let path = unsafe String(cString: wanted)
  do throws(FileError) {
    return try Files.list("/proc").compactMap { Int32($0) }.filter { pid in
      var target = [CChar](repeating: 0, count: Int(PATH_MAX))
      let length = unsafe readlink("/proc/\(pid)/cwd", &target, target.count)
      guard length > 0 else { return false }
      return target[..<length].elementsEqual(path.utf8.map(CChar.init(bitPattern:)))
    }
  } catch {
    throw ProcessError(error)
  }
}

/// Nil while the file is not there, or is just being replaced.
func textIfPresent(_ path: String) -> String? {
  do throws(FileError) { return try Files.readText(path) } catch { return nil }
}

func endOfLog(_ path: String) -> String {
  guard let text = textIfPresent(path) else { return "it wrote no log" }
  return text.split(separator: "\n").suffix(10).joined(separator: "\n")
}

/// For a part of a URL: everything but letters, digits and `-._~` is escaped.
func percentEncoded(_ text: String) -> String {
  var encoded = ""
  for byte in text.utf8 {
    switch byte {
    case 48...57, 65...90, 97...122, 45, 46, 95, 126:
      encoded.unicodeScalars.append(Unicode.Scalar(byte))
    default: encoded += "%\(Hex.encode([byte]))"
    }
  }
  return encoded
}
