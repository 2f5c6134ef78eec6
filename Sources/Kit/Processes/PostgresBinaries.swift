internal import Core
internal import Glibc

enum PostgresBinaries {
  /// The directory of the newest installed server: Debian keeps one for each major version, and
  /// not in PATH.
  static func find() throws(ProcessError) -> String {
    let debian = "/usr/lib/postgresql"
    var candidates = [String]()
    if Files.exists(debian) {
      do throws(FileError) {
        let versions = try Files.list(debian).compactMap { Int($0) }.sorted(by: >)
        candidates = versions.map { "\(debian)/\($0)/bin" }
      } catch {
        throw ProcessError(error)
      }
    }
    let path = unsafe getenv("PATH").map { unsafe String(cString: $0) } ?? ""
    candidates += path.split(separator: ":").map(String.init)
    let found = candidates.first { directory in
      Files.exists("\(directory)/postgres") && Files.exists("\(directory)/initdb")
    }
    guard let found else {
      throw ProcessError("Postgres is not installed: run `apt-get install postgresql`")
    }
    return found
  }
}
