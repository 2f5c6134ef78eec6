import Core
import Glibc
import Processes

/// Makes the home, or makes sure that it is one and that the stack's account can work in it.
struct HomeSetup {
  let home: Home
  /// Who the servers run as when this process is root; otherwise nil, and they run as we do.
  let account: Account?

  private static let freeBytesMin = 256 << 20

  init(_ home: Home) throws {
    self.home = home
    account = try Account.forServers()
  }

  /// Throws as `check` does, and when the directory cannot be made.
  func prepare() throws {
    try refuseForeignDirectory()
    let isNew = !Files.exists(home.path)
    try Files.makeDirectory(home.path)
    do {
      try checkReach()
    } catch {
      if isNew { try Files.remove(home.path) }
      throw error
    }
    if let account, try Files.owner(home.path) != account.user { try account.own(home.path) }
    try check()
  }

  /// Throws when the directory holds something else, belongs to somebody else, cannot be reached
  /// by the account, or when the disk is full.
  func check() throws {
    try refuseForeignDirectory()
    try refuseForeignOwner()
    try checkReach()
    let free = try Files.freeBytes(at: home.path)
    guard free >= Self.freeBytesMin else {
      throw Failure(
        "the disk of \(home.path) has \(free >> 20) MB left, \(Self.freeBytesMin >> 20) are "
          + "needed: free some, or set SOUK_HOME to another disk")
    }
  }

  /// As root the whole directory will change hands, which must not happen to, say, /tmp.
  private func refuseForeignDirectory() throws {
    guard Files.exists(home.path), !home.isPrepared else { return }
    guard Files.isDirectory(home.path, followingLinks: true) else {
      throw Failure("\(home.path) is no directory: set SOUK_HOME to another path")
    }
    guard try Files.list(home.path).isEmpty else {
      throw Failure(
        "\(home.path) holds files and is no home of a stack: set SOUK_HOME to an empty directory")
    }
  }

  private func refuseForeignOwner() throws {
    let owner = try Files.owner(home.path)
    guard owner == account?.user ?? geteuid() else {
      throw Failure(
        "\(home.path) belongs to another user (\(owner)), because `souk up` ran as that user or as "
          + "root: do so again, or set SOUK_HOME to another directory")
    }
  }

  private func checkReach() throws {
    do {
      try account?.checkReach(of: home.path)
    } catch {
      throw Failure(
        "as root the servers run as '\(account?.name ?? "")', and \(error), with SOUK_HOME, for "
          + "example `SOUK_HOME=/var/lib/souk ./souk up`")
    }
  }
}
