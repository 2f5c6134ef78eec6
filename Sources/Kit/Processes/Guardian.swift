internal import CGlibc
internal import Glibc

/// Ends processes and removes a directory when this process is gone, however it ends: a small
/// shell waits at a pipe that only this process holds open. (The kernel's own parent-death signal
/// follows the thread that started a process, and threads of a pool come and go.)
package final class Guardian: Sendable {
  private let writing: Int32

  /// Sends SIGQUIT, which Postgres and Redis both take as "at once". Throws when no shell starts.
  package init(ending pids: [Int32], removing directory: String) throws(ProcessError) {
    var ends: [Int32] = [-1, -1]
    guard unsafe pipe2(&ends, O_CLOEXEC) == 0 else { throw ProcessError("no pipe to be had") }
    defer { close(ends[0]) }
    let script = """
      directory=$1; shift
      read -r nothing
      kill -QUIT "$@" 2>/dev/null
      for try in 1 2 3 4 5 6 7 8 9 10; do
        kill -0 "$@" 2>/dev/null || break
        sleep 0.1
      done
      rm -rf -- "$directory"
      """
    var command = Command(
      ["/bin/sh", "-c", script, "guardian", directory] + pids.map(String.init))
    command.input = .descriptor(ends[0])
    command.output = .null
    command.errors = .null
    command.inNewSession = true
    do throws(ProcessError) {
      _ = try ChildProcess(command)
    } catch {
      close(ends[1])
      throw error
    }
    writing = ends[1]
  }

  deinit { close(writing) }
}
